/** Whose run this is: becomes the `bake-ami:*` tags on all that is created. */
export interface Ownership {
  /** Unique per run and attempt, e.g. GitHub's run id; also the prefix of ledger keys. */
  readonly runId: string;
  readonly attempt: string;
  /** `owner/repository`, or the user's host name on the command line. */
  readonly repository: string;
  /** Milliseconds since the epoch after which a sweep may remove what is left. */
  readonly expiresAt: number;
}

/**
 * Tags that every created resource carries from its creation: what a sweep needs to find what dead runs left, and to leave
 * alone what is not ours.
 */
export const TAG = {
  /** Always `bake-ami`. */
  owner: "bake-ami:owner",
  run: "bake-ami:run",
  attempt: "bake-ami:attempt",
  repository: "bake-ami:repository",
  /** RFC 3339; a sweep may remove the resource after this. */
  expires: "bake-ami:expires",
  /** The ledger key of the resource. */
  key: "bake-ami:key",
  build: "bake-ami:build",
  /** On images: what is still missing; removed last. */
  unfinished: "bake-ami:unfinished",
  fingerprint: "bake-ami:fingerprint",
  /** On images: the image that the instance started from. */
  source: "bake-ami:source",
  /** On images: the pattern of the names that their template gives, with `*` for what differs from run to run. */
  names: "bake-ami:names",
  /** On images that retention disabled: since when, RFC 3339. */
  disabled: "bake-ami:disabled",
  /** On snapshots that retention removes: the id of their image. */
  retired: "bake-ami:retired",
  /** On images: what the fingerprint was made of, in short; further ones end in `-2`, `-3`. */
  parts: "bake-ami:parts",
} as const;

/** Value of `TAG.owner`. */
export const OWNER = "bake-ami";

/**
 * Value of the unfinished mark of an image that only carries content to where it is needed: unlike other marked images, nothing is
 * gone on with from it, so a sweep removes it also when it is available.
 */
export const INTERMEDIATE = "intermediate";

/** Longest tag value that EC2 takes. */
const LONGEST = 256;

/** Text as a tag value: EC2 takes most characters, IAM only letters, digits, spaces and `_.:/=+-@`. */
export function tagValue(text: string): string {
  return text.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, "-").slice(0, LONGEST);
}

/** The tags of one resource of a run. */
export function ownershipTags(ownership: Ownership, build: string, key: string): Readonly<Record<string, string>> {
  return {
    [TAG.owner]: OWNER,
    [TAG.run]: tagValue(ownership.runId),
    [TAG.attempt]: tagValue(ownership.attempt),
    [TAG.repository]: tagValue(ownership.repository),
    [TAG.expires]: new Date(ownership.expiresAt).toISOString(),
    [TAG.build]: tagValue(build),
    [TAG.key]: tagValue(key),
  };
}
