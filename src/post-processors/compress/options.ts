import { integer, late, text } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";
import { checkProgram } from "../../provisioners/checks.js";
import { formatOf, HIGHEST_LEVEL, programOf, withFormat } from "./format.js";

/** Options of the compress post-processor (Packer, "Compress post-processor"). */
export const compressOptions = schema(
  {
    output: late({
      doc: "File that is written; fields `.BuildName`, `.BuilderType`. Its extension says the format: `.tar`, `.zip`, and `.gz`, `.bgzf`, `.bz2`, `.lz4`, `.xz` of one file or, after `.tar`, of all; `.tar.gz` without one. `.bz2`, `.lz4` and `.xz` need the programs bzip2, lz4 and xz.",
      defaultDoc: "`packer_{{.BuildName}}_{{.BuilderType}}`",
    }),
    format: text({
      doc: "Format, as an extension that is thought to follow the output's name.",
      defaultDoc: "by `output`",
    }),
    compression_level: integer({
      doc: "Level of compression, from 1 to 9.",
      defaultDoc: "the format's own: 6 of gzip and xz, 9 of bzip2, 1 of lz4",
    }),
  },
  {
    check: (options, complaints, context) => {
      const output = options.output?.source.replace(/\{\{.*?\}\}/g, "") ?? "";
      const needed = programOf(formatOf(withFormat(output, options.format)));
      if (needed) checkProgram({ option: options.format ? "format" : "output", ...needed }, complaints, context);
      const level = options.compression_level ?? 0;
      if (level < -1) complaints.error("compression_level", `compression_level must be between 1 and 9, not ${level}`);
      if (level > HIGHEST_LEVEL)
        complaints.warning("compression_level", `compression_level is at most 9, not ${level}`);
    },
  },
);

export type CompressOptions = OptionsOf<typeof compressOptions>;
