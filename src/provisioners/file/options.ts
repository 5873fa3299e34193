import { firstPath, type ProvisionerFacts } from "../../core/facts.js";
import { choice, flag, list, text } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";

/** Options of the file provisioner (Packer §5.3). */
export const fileOptions = schema(
  {
    source: text({ doc: "File or folder to transfer; a folder with a trailing slash means its contents." }),
    sources: list(text({ doc: "A file or folder.", required: true }), { doc: "Files and folders to transfer." }),
    content: text({ doc: "Text to write into the file `destination`." }),
    destination: text({
      doc: "Path at the other end; with a trailing slash, the folder to put the file into.",
      required: true,
    }),
    direction: choice(["upload", "download"], { doc: "Which way the files go.", default: "upload" }),
    generated: flag({ doc: "The source appears only during the run: it is not looked for before.", default: false }),
  },
  {
    check(options, complaints, context) {
      const sources = sourcesOf(options);
      if (options.content !== undefined) {
        if (sources.length > 0)
          complaints.error("content", '"content" cannot be used together with "source" or "sources"');
        if (options.direction === "download") complaints.error("content", '"content" can only be uploaded');
        if (options.destination.endsWith("/")) {
          complaints.error("destination", '"content" needs a file name as its destination, not a folder');
        }
      } else if (sources.length === 0) {
        complaints.error("", "source, sources or content must be specified");
      }
      if (options.destination === "") complaints.error("destination", "destination must be specified");
      if (options.direction === "download" || options.generated) return;
      for (const { option, path } of sources) {
        if (context.pathKind(path) !== "missing") continue;
        complaints.error(
          option,
          `bad source '${path}': no such file or directory`,
          'Relative paths start from the working directory. If the file is made during the run, add "generated": true.',
        );
      }
    },
  },
);

export type FileOptions = OptionsOf<typeof fileOptions>;

/** Moves files to or from the machine. */
export const fileFacts: ProvisionerFacts<FileOptions> = {
  runsOn: "machine",
  needsMachine: true,
  changesImage: true,
  subject: ({ source, sources }) => firstPath("file", [source, ...sources]),
};

/** All sources in order, each with the option it stands in: `sources`, then `source`. */
export function sourcesOf(options: {
  readonly source: string | undefined;
  readonly sources: readonly string[];
}): readonly { readonly option: string; readonly path: string }[] {
  return [
    ...options.sources.map((path, index) => ({ option: `sources[${index}]`, path })),
    ...(options.source ? [{ option: "source", path: options.source }] : []),
  ];
}
