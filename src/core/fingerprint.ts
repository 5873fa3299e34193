/** Inputs of a fingerprint in addition to the plan. */
export interface FingerprintInput {
  readonly sourceImageId: string;
}

/** One input that differs from that of an image. */
export interface InputChange {
  /** E.g. `script setup.sh`, `variable version`, `source AMI`, `option instance_type`. */
  readonly what: string;
  /** Undefined where the old value is not known: images hold hashes. */
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** Number of changes to list in a text; the others are counted. */
const MOST_LISTED = 6;

/** Returns changes for a message, e.g. `source AMI ami-a → ami-b`. */
export function changeTexts(changes: readonly InputChange[]): readonly string[] {
  const all = changes.map(({ what, from, to }) => (from === undefined ? what : `${what} ${from} → ${to}`));
  return all.length > MOST_LISTED ? [...all.slice(0, MOST_LISTED), `${all.length - MOST_LISTED} more`] : all;
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
  /** Returns the differences from the image with these tags; empty where they are unknown. */
  changesSince(tags: Readonly<Record<string, string>>): readonly InputChange[];
}

/** The hash of an image's inputs, or why it cannot be computed before the run. The name pattern may be known in either case. */
export type Fingerprint =
  | KnownFingerprint
  | { readonly known: false; readonly why: string; readonly namePattern: string | undefined };
