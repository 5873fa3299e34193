import { flag, map, text } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";

/** Options of the manifest post-processor (Packer, "Manifest post-processor"). */
export const manifestOptions = schema(
  {
    output: text({
      doc: "File to write the manifest to; builds are appended.",
      default: "packer-manifest.json",
    }),
    strip_path: flag({ doc: "Write only the base names of artifact files.", default: false }),
    strip_time: flag({ doc: "Omit the time of the build.", default: false }),
    custom_data: map({ doc: "Custom values to store with each build." }),
  },
  { renamed: { filename: "output" } },
);

export type ManifestOptions = OptionsOf<typeof manifestOptions>;
