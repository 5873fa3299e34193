import { choice, integer, text } from "../../../options/fields.js";

/** The EC2 key pair of the build instance (Packer §3.1.5). None of it shapes the image. */
export const keyPairFields = {
  ssh_keypair_name: text({
    doc: "Existing EC2 key pair; needs `ssh_private_key_file` or `ssh_agent_auth`.",
    unfingerprinted: true,
  }),
  temporary_key_pair_name: text({
    doc: "Name of the temporary key pair.",
    defaultDoc: "`packer_<uuid>`",
    unfingerprinted: true,
  }),
  temporary_key_pair_type: choice(["rsa", "ed25519"], {
    doc: "Type of the temporary key, which is made here and imported.",
    defaultDoc: "`ed25519` (Packer: `rsa`, made by EC2)",
    unfingerprinted: true,
  }),
  temporary_key_pair_bits: integer({ doc: "Bits of a temporary RSA key.", defaultDoc: "2048", unfingerprinted: true }),
};
