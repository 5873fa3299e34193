import { integer, late, text } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";
import { checkProgram } from "../../provisioners/checks.js";
import { formatOf, HIGHEST_LEVEL, programOf, withFormat } from "./format.js";

/** Options of the compress post-processor (Packer, "Compress post-processor"). */
export const compressOptions = schema(
  {
    output: late({
      doc: "File to write; fields `.BuildName`, `.BuilderType`. The extension determines the format: `.tar` or `.zip`; `.gz`, `.bgzf`, `.bz2`, `.lz4` or `.xz` for a single file, or for all files after `.tar`; `.tar.gz` without an extension. `.bz2`, `.lz4` and `.xz` need the programs bzip2, lz4 and xz.",
      defaultDoc: "`packer_{{.BuildName}}_{{.BuilderType}}`",
    }),
    format: text({
      doc: "Format, as an extension that overrides the one of `output`.",
      defaultDoc: "the extension of `output`",
    }),
    archive: text({
      doc: "No effect. The extension determines it.",
      deprecated: "it has no effect, in Packer neither",
    }),
    algorithm: text({
      doc: "No effect. The extension determines it.",
      deprecated: "it has no effect, in Packer neither",
    }),
    compression_level: integer({
      doc: "Compression level, from 1 to 9.",
      defaultDoc: "the format's default: 6 for gzip and xz, 9 for bzip2, 1 for lz4",
    }),
  },
  {
    check: (options, complaints, context) => {
      const output = options.output?.source.replace(/\{\{.*?\}\}/g, "") ?? "";
      const needed = programOf(formatOf(withFormat(output, options.format)));
      if (needed) checkProgram({ option: options.format ? "format" : "output", ...needed }, complaints, context);
      const level = options.compression_level ?? 0;
      if (level < -1)
        complaints.error("compression_level", `"compression_level" must be between 1 and 9, not ${level}`);
      if (level > HIGHEST_LEVEL)
        complaints.warning("compression_level", `"compression_level" is limited to 9, not ${level}`);
    },
  },
);

export type CompressOptions = OptionsOf<typeof compressOptions>;
