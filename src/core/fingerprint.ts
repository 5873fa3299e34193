/** What goes into a fingerprint in addition to the plan; in the order of `parts`, each with a name for "what changed". */
export interface FingerprintInput {
  readonly sourceImageId: string;
}

/** A fingerprint that is known, and what is kept of it with the image. */
export interface KnownFingerprint {
  readonly known: true;
  readonly hash: string;
  /** Hashes by name, e.g. `script setup.sh`. */
  readonly parts: Readonly<Record<string, string>>;
  /** The image's name with `*` for what is a time or random; without `*` where nothing does. */
  readonly namePattern: string;
  /** Keys of tags whose values are a time or random: they differ in every run. */
  readonly changingTags: readonly string[];
  /** Tags by which a later run can say what changed. */
  readonly record: Readonly<Record<string, string>>;
  /** What is different from the image that has these tags, e.g. `source AMI ami-a → ami-b`; empty where that is not known. */
  changesSince(tags: Readonly<Record<string, string>>): readonly string[];
}

/** The hash of all that goes into an image, or why it cannot be known before the run; the name's pattern may be known even so. */
export type Fingerprint =
  | KnownFingerprint
  | { readonly known: false; readonly why: string; readonly namePattern: string | undefined };
