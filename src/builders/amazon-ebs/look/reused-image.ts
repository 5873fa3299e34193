import type { FoundImage } from "../../../aws/image.js";
import { changeTexts, type KnownFingerprint } from "../../../core/fingerprint.js";
import { newestFirst } from "../../../core/image-order.js";
import { TAG } from "../../../core/ownership.js";
import { formatDuration } from "../../../core/text.js";
import { hasFailedTests, isMadeByBuild, isUnfinished, testsHashOf } from "../marks.js";

/** The conditions under which this run reuses a finished image instead of baking. */
export interface ReuseRules {
  /** Whether runs without changes are skipped at all. */
  readonly enabled: boolean;
  /** Milliseconds; undefined allows any age. */
  readonly maxAge: number | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The image series. */
  readonly image: string;
  readonly architecture: string;
  /** Undefined allows both. */
  readonly encrypted: boolean | undefined;
  /** Hash of the tests of the run; undefined for none. */
  readonly testsHash: string | undefined;
}

/** The image to reuse, with "unchanged since …"; or the reason why there is none, such as what changed. */
export interface ReuseChoice {
  readonly image: FoundImage | undefined;
  readonly reason: string;
  /** The newest image that could be reused if its inputs were the same: the reason is about it. */
  readonly newest: FoundImage | undefined;
}

/**
 * Returns the newest finished image with the fingerprint among the account's own images of a build. A forged tag is not enough: bake-ami
 * must have made the image, and its name, architecture and encryption must match the template.
 */
export function chooseReusedImage(
  images: readonly FoundImage[],
  fingerprint: KnownFingerprint,
  rules: ReuseRules,
): ReuseChoice {
  const finished = images.filter((image) => isUsable(image, fingerprint, rules)).sort(newestFirst);
  const [newest] = finished;
  const unchanged = finished.filter((image) => image.tags[TAG.fingerprint] === fingerprint.hash);
  const same = unchanged.find((image) => !hasFailedTests(image, rules.testsHash));
  if (!rules.enabled || same === undefined) {
    const [failed] = unchanged;
    const reason = failed && same === undefined ? `${failed.id} is unchanged, but its tests failed` : undefined;
    return { image: undefined, reason: reason ?? whatChanged(newest, fingerprint), newest };
  }
  const age = rules.now - Date.parse(same.createdAt);
  if (rules.maxAge !== undefined && age > rules.maxAge) {
    const limit = formatDuration(rules.maxAge);
    return { image: undefined, reason: `${same.id} is unchanged, but older than ${limit} ("max-age")`, newest };
  }
  return { image: same, reason: `unchanged since ${same.createdAt} (${same.id}${testsText(same, rules)})`, newest };
}

/** Returns what is to be done about the tests of an image that is reused; nothing where none are requested. */
function testsText({ tags }: FoundImage, { testsHash }: ReuseRules): string {
  if (testsHash === undefined) return "";
  const tested = testsHashOf(tags[TAG.tested]);
  if (tested === testsHash) return ", tested with the same tests";
  return tested === undefined ? ", to be tested" : ", to be tested again, because the tests changed";
}

function isUsable(image: FoundImage, fingerprint: KnownFingerprint, rules: ReuseRules): boolean {
  return (
    !isUnfinished(image) &&
    image.state === "available" &&
    isMadeByBuild(image, fingerprint, rules.image) &&
    image.architecture === rules.architecture &&
    !isDeprecated(image, rules.now) &&
    isEncryptedAs(image, rules.encrypted)
  );
}

function isDeprecated({ deprecatesAt }: FoundImage, now: number): boolean {
  return deprecatesAt !== undefined && Date.parse(deprecatesAt) <= now;
}

/** Returns whether the volumes are encrypted as required. `ephemeral` devices cannot be encrypted. */
function isEncryptedAs(image: FoundImage, encrypted: boolean | undefined): boolean {
  if (encrypted === undefined) return true;
  return image.mappings.every(({ Ebs }) => Ebs === undefined || (Ebs.Encrypted ?? false) === encrypted);
}

function whatChanged(last: FoundImage | undefined, fingerprint: KnownFingerprint): string {
  if (last === undefined) return "no earlier image of this build exists";
  const changes = changeTexts(fingerprint.changesSince(last.tags));
  const what = changes.length > 0 ? changes.join(", ") : "other inputs";
  return `changed since ${last.id}: ${what}`;
}
