import { integer, late, text } from "../../options/fields.js";
import { type Complaints, type OptionsOf, schema } from "../../options/schema.js";
import { asExtension, formatOf } from "./format.js";

/** Options of the compress post-processor (Packer, "Compress post-processor"). */
export const compressOptions = schema(
  {
    output: late({
      doc: "File that is written; fields `.BuildName`, `.BuilderType`. Its extension says the format: `.tar`, `.tar.gz`, `.gz` (one file), `.zip`; `.tar.gz` without one.",
      defaultDoc: "`packer_{{.BuildName}}_{{.BuilderType}}`",
    }),
    format: text({ doc: "Format, as an extension, whatever the output is called.", defaultDoc: "by `output`" }),
    compression_level: integer({ doc: "Level of compression, from 1 to 9.", defaultDoc: "6" }),
  },
  {
    check: (options, complaints) => {
      if (options.format) refuse("format", asExtension(options.format), complaints);
      else if (options.output) refuse("output", options.output.source.replace(/\{\{.*?\}\}/g, ""), complaints);
      const level = options.compression_level ?? 0;
      if (level < -1 || level > 9) {
        complaints.error("compression_level", `compression_level must be between 1 and 9, not ${level}`);
      }
    },
  },
);

function refuse(option: string, name: string, complaints: Complaints): void {
  const format = formatOf(name);
  if (!("refused" in format)) return;
  complaints.error(
    option,
    `the format ${format.refused} is not written`,
    "Use .tar.gz, .gz, .zip or .tar; or compress the file in a shell-local post-processor.",
  );
}

export type CompressOptions = OptionsOf<typeof compressOptions>;
