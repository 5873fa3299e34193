import type { FoundImage } from "../../../aws/image.js";
import type { KnownFingerprint } from "../../../core/fingerprint.js";
import { TAG } from "../../../core/ownership.js";
import { formatDuration } from "../../../core/text.js";
import { isMadeByBuild, isUnfinished } from "../marks.js";

/** What a finished image must be for this run to reuse it instead of baking. */
export interface ReuseRules {
  /** Whether runs without changes are skipped at all. */
  readonly enabled: boolean;
  /** Milliseconds; undefined is any age. */
  readonly maxAge: number | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly architecture: string;
  /** Undefined allows both. */
  readonly encrypted: boolean | undefined;
}

/** The image that is reused, with "unchanged since …"; or why there is none: what changed. */
export interface ReuseChoice {
  readonly image: FoundImage | undefined;
  readonly reason: string;
}

/**
 * Returns the newest finished image of a fingerprint among the account's own images of a build. A forged tag is not enough: bake-ami
 * must have made the image, under a name that the template gives, and with the architecture and encryption that a bake would give it.
 */
export function chooseReusedImage(
  images: readonly FoundImage[],
  fingerprint: KnownFingerprint,
  rules: ReuseRules,
): ReuseChoice {
  const usable = images.filter((image) => isUsable(image, fingerprint, rules)).sort(byNewest);
  const newest = usable.find((image) => image.tags[TAG.fingerprint] === fingerprint.hash);
  if (!rules.enabled || newest === undefined) {
    return { image: undefined, reason: whatChanged(usable[0], fingerprint) };
  }
  const age = rules.now - Date.parse(newest.createdAt);
  if (rules.maxAge !== undefined && age > rules.maxAge) {
    const limit = formatDuration(rules.maxAge);
    return { image: undefined, reason: `${newest.id} is unchanged, but older than ${limit} (max-age)` };
  }
  return { image: newest, reason: `unchanged since ${newest.createdAt} (${newest.id})` };
}

/** Sorts the newest first. */
export function byNewest(a: FoundImage, b: FoundImage): number {
  return b.createdAt.localeCompare(a.createdAt);
}

function isUsable(image: FoundImage, fingerprint: KnownFingerprint, rules: ReuseRules): boolean {
  return (
    !isUnfinished(image) &&
    image.state === "available" &&
    isMadeByBuild(image, fingerprint) &&
    image.architecture === rules.architecture &&
    !isDeprecated(image, rules.now) &&
    isEncryptedAs(image, rules.encrypted)
  );
}

function isDeprecated({ deprecatesAt }: FoundImage, now: number): boolean {
  return deprecatesAt !== undefined && Date.parse(deprecatesAt) <= now;
}

/** Whether the volumes are encrypted as required; `ephemeral` devices have nothing to encrypt. */
function isEncryptedAs(image: FoundImage, encrypted: boolean | undefined): boolean {
  if (encrypted === undefined) return true;
  return image.mappings.every(({ Ebs }) => Ebs === undefined || (Ebs.Encrypted ?? false) === encrypted);
}

function whatChanged(last: FoundImage | undefined, fingerprint: KnownFingerprint): string {
  if (last === undefined) return "there is no earlier image of this build";
  const changes = fingerprint.changesSince(last.tags);
  const what = changes.length > 0 ? changes.join(", ") : "other inputs";
  return `changed since ${last.id}: ${what}`;
}
