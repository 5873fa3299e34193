import type { Region } from "../cloud.js";

/**
 * Whether the account has a KMS key in a region, named by id, ARN, alias or the ARN of an alias. EC2 looks only when it uses
 * the key, so a bad one fails what is being made, not the call. A region seeded with the key `*` has every key of its own.
 */
export function hasKey(region: Region, named: string): boolean {
  const [, , , arnRegion] = named.startsWith("arn:") ? named.split(":") : [];
  if (arnRegion !== undefined && arnRegion !== region.name) return false;
  const plain = named.replace(/^arn:[^:]*:kms:[^:]*:[^:]*:(key\/)?/, "");
  return region.kmsKeys.has("*") || region.kmsKeys.has(named) || region.kmsKeys.has(plain);
}
