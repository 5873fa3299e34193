import type { DeriveFacts } from "../../core/facts.js";
import { text } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";

/** Options of the file builder (Packer, "File builder"). */
export const fileBuilderOptions = schema(
  {
    target: text({ doc: "File that is written.", required: true }),
    content: text({ doc: "Its content." }),
    source: text({ doc: "A file to copy instead." }),
  },
  {
    check: (options, complaints, context) => {
      if (options.content && options.source)
        complaints.error("source", 'only one of "content" and "source" may be given');
      if (options.source && context.pathKind(options.source) !== "file") {
        complaints.error("source", `no such file or directory: '${options.source}'`);
      }
    },
  },
);

export type FileBuilderOptions = OptionsOf<typeof fileBuilderOptions>;

/** The file builder has no machine. */
export const fileBuilderFacts: DeriveFacts<FileBuilderOptions> = () => ({ communicator: undefined, images: undefined });
