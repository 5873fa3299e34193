import { list, text } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";

/** Options of the artifice post-processor (Packer, "Artifice post-processor"). */
export const artificeOptions = schema(
  {
    files: list(text({ doc: "A path or glob.", required: true }), {
      doc: "Files that replace the artifact, as paths or globs.",
    }),
  },
  {
    check: (options, complaints) => {
      if (options.files.length === 0) complaints.error("files", '"files" must contain at least one file');
    },
  },
);

export type ArtificeOptions = OptionsOf<typeof artificeOptions>;
