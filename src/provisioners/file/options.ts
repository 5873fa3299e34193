import { firstPath, type ProvisionerFacts } from "../../core/facts.js";
import { choice, flag, list, text } from "../../options/fields.js";
import { pathHint } from "../../options/path-hint.js";
import { type OptionsOf, schema } from "../../options/schema.js";

/** Options of the file provisioner (Packer §5.3). */
export const fileOptions = schema(
  {
    source: text({ doc: "File or directory to transfer; a directory with a trailing slash means its contents." }),
    sources: list(text({ doc: "A file or directory.", required: true }), { doc: "Files and directories to transfer." }),
    content: text({ doc: "Text to write to the file `destination`." }),
    destination: text({
      doc: "Target path; with a trailing slash, the directory for the file.",
      required: true,
    }),
    direction: choice(["upload", "download"], { doc: "Direction of the transfer.", default: "upload" }),
    generated: flag({
      doc: "The source is created during the run; do not check before that it exists.",
      default: false,
    }),
  },
  {
    check(options, complaints, context) {
      const sources = sourcesOf(options);
      if (options.content !== undefined) {
        if (sources.length > 0)
          complaints.error("content", '"content" cannot be used together with "source" or "sources"');
        if (options.direction === "download") complaints.error("content", '"content" can only be uploaded');
        if (options.destination.endsWith("/")) {
          complaints.error("destination", '"destination" must be a file with "content", not a directory');
        }
      } else if (sources.length === 0) {
        complaints.error("", '"source", "sources" or "content" must be specified');
      }
      if (options.destination === "") complaints.error("destination", '"destination" must be specified');
      if (options.direction === "download" || options.generated) return;
      for (const { option, path } of sources) {
        if (context.pathKind(path) !== "missing") continue;
        complaints.error(
          option,
          `Bad source '${path}': no such file or directory`,
          pathHint(path, context, 'If the file is created during the run, set "generated" to true.'),
        );
      }
    },
  },
);

export type FileOptions = OptionsOf<typeof fileOptions>;

/** Transfers files to or from the machine. */
export const fileFacts: ProvisionerFacts<FileOptions> = {
  runsOn: "machine",
  needsMachine: true,
  needsUnix: false,
  changesImage: true,
  subject: ({ source, sources }) => firstPath("file", [source, ...sources]),
};

/** Returns all sources in order, each with its option: `sources`, then `source`. */
export function sourcesOf(options: {
  readonly source: string | undefined;
  readonly sources: readonly string[];
}): readonly { readonly option: string; readonly path: string }[] {
  return [
    ...options.sources.map((path, index) => ({ option: `sources[${index}]`, path })),
    ...(options.source ? [{ option: "source", path: options.source }] : []),
  ];
}
