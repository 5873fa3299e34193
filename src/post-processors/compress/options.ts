import { integer, late, text } from "../../options/fields.js";
import { type Complaints, type OptionsOf, schema } from "../../options/schema.js";
import { formatOf, HIGHEST_LEVEL, withFormat } from "./format.js";

/** Options of the compress post-processor (Packer, "Compress post-processor"). */
export const compressOptions = schema(
  {
    output: late({
      doc: "File that is written; fields `.BuildName`, `.BuilderType`. Its extension says the format: `.tar`, `.tar.gz`, `.gz` (one file), `.zip`; `.tar.gz` without one.",
      defaultDoc: "`packer_{{.BuildName}}_{{.BuilderType}}`",
    }),
    format: text({
      doc: "Format, as an extension that is thought to follow the output's name.",
      defaultDoc: "by `output`",
    }),
    compression_level: integer({ doc: "Level of compression, from 1 to 9.", defaultDoc: "6" }),
  },
  {
    check: (options, complaints) => {
      const output = options.output?.source.replace(/\{\{.*?\}\}/g, "") ?? "";
      refuse(options.format ? "format" : "output", withFormat(output, options.format), complaints);
      const level = options.compression_level ?? 0;
      if (level < -1) complaints.error("compression_level", `compression_level must be between 1 and 9, not ${level}`);
      if (level > HIGHEST_LEVEL)
        complaints.warning("compression_level", `compression_level is at most 9, not ${level}`);
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
