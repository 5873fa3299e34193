/** What goes into a fingerprint beside the plan; in the order of `parts`, each with a name for "what changed". */
export interface FingerprintInput {
  readonly sourceImageId: string;
}

/** A fingerprint that could be taken, and what is kept of it with the image. */
export interface KnownFingerprint {
  readonly known: true;
  readonly hash: string;
  /** Hashes by name, e.g. `script setup.sh`. */
  readonly parts: Readonly<Record<string, string>>;
  /** The image's name with `*` for what tells the time or is random; without `*` where nothing does. */
  readonly namePattern: string;
  /** Keys of tags whose values tell the time or are random: they differ in every run. */
  readonly changingTags: readonly string[];
  /** Tags by which a later run can tell what changed. */
  readonly record: Readonly<Record<string, string>>;
  /** What is different from the image that bears these tags, e.g. `source AMI ami-a → ami-b`; empty where it cannot be told. */
  changesSince(tags: Readonly<Record<string, string>>): readonly string[];
}

/** The hash of all that goes into an image, or why it cannot be known before the run; the name's pattern may be known even so. */
export type Fingerprint =
  | KnownFingerprint
  | { readonly known: false; readonly why: string; readonly namePattern: string | undefined };
