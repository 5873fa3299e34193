/** The run that creates resources; becomes their `bake-ami:*` tags. */
export interface Ownership {
  /** Unique per run and attempt, e.g. GitHub's run ID; also the prefix of ledger keys. */
  readonly runId: string;
  readonly attempt: string;
  /** `owner/repository`, or the host name on the command line. */
  readonly repository: string;
}

/**
 * Tags that every resource has from its creation. By them a sweep finds the resources of interrupted runs, and only those of
 * bake-ami.
 */
export const TAG = {
  /** Always `bake-ami`. */
  owner: "bake-ami:owner",
  run: "bake-ami:run",
  attempt: "bake-ami:attempt",
  repository: "bake-ami:repository",
  /** RFC 3339 time, by the clock of AWS, after which a sweep may remove the resource. */
  expires: "bake-ami:expires",
  /** The ledger key of the resource. */
  key: "bake-ami:key",
  build: "bake-ami:build",
  /** On unfinished images: the RFC 3339 time until which the live run holds the image. The live run renews it. */
  lease: "bake-ami:lease",
  /** On images: the image series, which is the value of the input `image`. */
  image: "bake-ami:image",
  /** On images: what is still missing. Removed last. */
  unfinished: "bake-ami:unfinished",
  fingerprint: "bake-ami:fingerprint",
  /** On images that passed their tests: hash of the tests, time (RFC 3339) and run, separated by spaces. */
  tested: "bake-ami:tested",
  /** On images whose tests failed and that are kept: as `tested`. They are never reused or promoted. */
  testFailed: "bake-ami:test-failed",
  /** On images: the source AMI. */
  source: "bake-ami:source",
  /** On copies: creation time and ID of the image that the copies of a bake are made from. It gives all Regions one order. */
  origin: "bake-ami:origin",
  /** On images: the pattern of the template's image names; `*` stands for the text that differs between runs. */
  names: "bake-ami:names",
  /** On images with a temporary name: the final name. */
  finalName: "bake-ami:name",
  /** On images that retention disabled: the time, RFC 3339. */
  disabled: "bake-ami:disabled",
  /** On snapshots that retention removes: the ID of their image. */
  retired: "bake-ami:retired",
  /** On images: short hashes of the fingerprint's parts; further tags end in `-2`, `-3`. */
  parts: "bake-ami:parts",
} as const;

/**
 * Time after the creation of a resource after which a sweep may remove it, in milliseconds. It is longer than any job on a hosted runner.
 */
export const LIFETIME = 24 * 3_600_000;

/** Value of `TAG.owner`. */
export const OWNER = "bake-ami";

/**
 * Value of the unfinished mark of an intermediate image. Unlike other marked images it is never resumed, so a sweep removes it even
 * when it is available.
 */
export const INTERMEDIATE = "intermediate";

/** Longest tag value that EC2 accepts. */
const LONGEST = 256;

/** Converts text to a tag value that EC2 and IAM accept: letters, digits, spaces and `_.:/=+-@`. */
export function tagValue(text: string): string {
  return text.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, "-").slice(0, LONGEST);
}

/** The resource that ownership tags are for. */
export interface OwnedBy {
  readonly ownership: Ownership;
  readonly build: string;
  /** The ledger key of the resource. */
  readonly key: string;
}

/** Returns the tags of one resource of a run. `now` is the time of AWS, in milliseconds since the epoch. */
export function ownershipTags({ ownership, build, key }: OwnedBy, now: number): Readonly<Record<string, string>> {
  return {
    [TAG.owner]: OWNER,
    [TAG.run]: tagValue(ownership.runId),
    [TAG.attempt]: tagValue(ownership.attempt),
    [TAG.repository]: tagValue(ownership.repository),
    [TAG.expires]: new Date(now + LIFETIME).toISOString(),
    [TAG.build]: tagValue(build),
    [TAG.key]: tagValue(key),
  };
}
