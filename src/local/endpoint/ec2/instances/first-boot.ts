import { refusal } from "../../wire/errors.js";
import type { Image, KeyPair } from "../model.js";
import type { LaunchSpec } from "./launch-spec.js";

/** Systems of the catalogue whose cloud-init cannot read IMDSv2. */
const WITHOUT_TOKENS = /trusty|precise|centos (linux )?7/i;

/** Throws when EC2 refuses the key pair for the image: Windows passwords are encrypted with RSA. */
export function refuseKeyType({ platform }: Image, key: KeyPair | undefined): void {
  if (platform === "windows" && key?.publicKey.startsWith("ssh-ed25519 ")) {
    throw refusal(
      "Unsupported",
      "ED25519 key pairs are not supported with Windows AMIs. Choose a different key pair type and try again.",
    );
  }
}

/**
 * The keys that cloud-init authorizes on the first boot: none where it cannot read the metadata service, because the service requires
 * tokens that an old release does not request.
 */
export function keysOfFirstBoot({ image, metadataOptions }: LaunchSpec, key: KeyPair | undefined): readonly string[] {
  const isReadable =
    metadataOptions.httpEndpoint === "enabled" &&
    (metadataOptions.httpTokens !== "required" || !WITHOUT_TOKENS.test(image.sourceName));
  return key !== undefined && isReadable ? [key.publicKey] : [];
}
