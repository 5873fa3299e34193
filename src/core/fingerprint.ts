/** Inputs of a fingerprint in addition to the plan. */
export interface FingerprintInput {
  readonly sourceImageId: string;
}

/** A computed fingerprint, and what is stored with the image. */
export interface KnownFingerprint {
  readonly known: true;
  readonly hash: string;
  /** Hashes by name, e.g. `script setup.sh`. */
  readonly parts: Readonly<Record<string, string>>;
  /** The image's name; `*` stands for a time or a random value. */
  readonly namePattern: string;
  /** Keys of tags whose values contain a time or a random value, and so differ in every run. */
  readonly changingTags: readonly string[];
  /** Tags that let a later run list what changed. */
  readonly record: Readonly<Record<string, string>>;
  /** Returns the differences from the image with these tags, e.g. `source AMI ami-a → ami-b`; empty where they are unknown. */
  changesSince(tags: Readonly<Record<string, string>>): readonly string[];
}

/** The hash of an image's inputs, or why it cannot be computed before the run. The name pattern may be known in either case. */
export type Fingerprint =
  | KnownFingerprint
  | { readonly known: false; readonly why: string; readonly namePattern: string | undefined };
