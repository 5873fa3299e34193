import type { FoundImage } from "../../../aws/image.js";

/**
 * Returns why the source image needs an RSA key; undefined when ed25519 works. OpenSSH in FIPS mode refuses ed25519, and EC2 refuses it
 * for Windows images. FIPS mode can only be seen from the name and the description.
 */
export function whyRsaKey({ name, description, isWindows }: FoundImage): string | undefined {
  if (isWindows) return "a Windows image";
  return /(^|[^a-z])(fips|stig)([^a-z]|$)/i.test(`${name} ${description}`) ? "an image in FIPS mode" : undefined;
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
