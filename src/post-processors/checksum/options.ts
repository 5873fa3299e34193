import { choice, late, list } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";

/** Hash functions of the checksum post-processor. */
const CHECKSUM_TYPES = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"] as const;

/** Options of the checksum post-processor (Packer, "Checksum post-processor"). */
export const checksumOptions = schema({
  checksum_types: list(choice(CHECKSUM_TYPES, { doc: "Name of a hash function." }), {
    doc: "Hash functions to use.",
    default: ["md5"],
  }),
  output: late({
    doc: "File to append the checksums to; fields `.BuildName`, `.BuilderType`, `.ChecksumType`.",
    defaultDoc: "`packer_{{.BuildName}}_{{.BuilderType}}_{{.ChecksumType}}.checksum`",
  }),
});

export type ChecksumOptions = OptionsOf<typeof checksumOptions>;
