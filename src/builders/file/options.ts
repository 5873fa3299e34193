import type { DeriveFacts } from "../../core/facts.js";
import { text } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";

/** Options of the file builder (Packer, "File builder"). */
export const fileBuilderOptions = schema(
  {
    target: text({ doc: "File to write.", required: true }),
    content: text({ doc: "Content of the file." }),
    source: text({ doc: "File to copy instead of `content`." }),
  },
  {
    check: (options, complaints, context) => {
      if (options.content && options.source)
        complaints.error("source", 'Only one of "content" and "source" can be specified');
      if (options.source && context.pathKind(options.source) !== "file") {
        complaints.error("source", `"source": no such file: "${options.source}"`);
      }
    },
  },
);

export type FileBuilderOptions = OptionsOf<typeof fileBuilderOptions>;

/** The file builder has no machine. */
export const fileBuilderFacts: DeriveFacts<FileBuilderOptions> = () => ({ communicator: undefined, images: undefined });
