import type { FoundImage } from "../../../aws/image.js";
import { BakeError } from "../../../core/errors.js";
import type { Bake } from "../bake.js";

/**
 * Returns why the source image needs an RSA key; undefined when ed25519 works. OpenSSH in FIPS mode refuses ed25519, and EC2 refuses it
 * for Windows images. FIPS mode can only be seen from the name and the description.
 */
export function whyRsaKey({ name, description, isWindows }: FoundImage): string | undefined {
  if (isWindows) return "a Windows image";
  return /(^|[^a-z])(fips|stig)([^a-z]|$)/i.test(`${name} ${description}`) ? "an image in FIPS mode" : undefined;
}

/** Throws for `temporary_key_pair_type` ed25519 with a Windows image, which EC2 refuses when everything else has been created. */
export function refuseKeyType({ options, context }: Bake, { id, isWindows }: FoundImage): void {
  if (!isWindows || options.temporary_key_pair_type !== "ed25519") return;
  throw new BakeError(`"temporary_key_pair_type" must be "rsa", because the source AMI ${id} is a Windows image`, {
    code: "key-type-not-accepted",
    resource: id,
    range: context.place("temporary_key_pair_type"),
    hint: 'Remove "temporary_key_pair_type" or set it to "rsa": EC2 accepts no ed25519 keys for Windows, whose passwords it encrypts with RSA. Nothing was created.',
  });
}

/** Images made earlier can have a cloud-init without IMDSv2: it is in release 19.4, which the distributions had by the middle of 2020. */
const TOKENS_SINCE = "2020-07-01";

/** Systems that never got such a cloud-init, also in images of later years. */
const NO_TOKENS = /trusty|precise|ubuntu[-\w ./]*\b1[24]\.04|centos[-\w ]*\b[67](\b|\.)/i;

/**
 * Returns why the source image may not be able to read IMDSv2; undefined when it can, or when EC2 requires it for the image. Such an
 * instance gets no SSH key and no user data where tokens are required.
 */
export function whyNoTokens({ imdsV2, createdAt, name }: FoundImage): string | undefined {
  if (imdsV2) return undefined;
  if (createdAt !== "" && createdAt < TOKENS_SINCE) return `it is from ${createdAt.slice(0, 10)}`;
  return NO_TOKENS.test(name) ? `its name is "${name}"` : undefined;
}
