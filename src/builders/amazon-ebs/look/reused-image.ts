import type { FoundImage } from "../../../aws/image.js";
import { matchesName } from "../../../core/artifact.js";
import type { KnownFingerprint } from "../../../core/fingerprint.js";
import { OWNER, TAG } from "../../../core/ownership.js";
import { formatDuration } from "../../../core/text.js";
import { FINAL_NAME_TAG } from "../tags.js";

/** What a finished image must be to be taken instead of baking. */
export interface Wanted {
  /** Whether unchanged inputs are to be skipped at all. */
  readonly enabled: boolean;
  /** Milliseconds; undefined is any age. */
  readonly maxAge: number | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly architecture: string;
  /** Undefined takes either. */
  readonly encrypted: boolean | undefined;
}

/** The image that is taken, with "unchanged since …"; or why there is none: what changed. */
export interface Judged {
  readonly image: FoundImage | undefined;
  readonly reason: string;
}

/**
 * Chooses among the account's own images of a build the newest finished one of a fingerprint. A forged tag is not enough: the image
 * must be ours by its tags, its name must be one that the template gives, and it must be of the architecture and encryption that a
 * bake would give it. Pure.
 */
export function judgeFinished(images: readonly FoundImage[], fingerprint: KnownFingerprint, wanted: Wanted): Judged {
  const usable = images.filter((image) => isUsable(image, fingerprint, wanted)).sort(byNewest);
  const newest = usable.find((image) => image.tags[TAG.fingerprint] === fingerprint.hash);
  if (!wanted.enabled || newest === undefined) {
    return { image: undefined, reason: whatChanged(usable[0], fingerprint) };
  }
  const age = wanted.now - Date.parse(newest.createdAt);
  if (wanted.maxAge !== undefined && age > wanted.maxAge) {
    const limit = formatDuration(wanted.maxAge);
    return { image: undefined, reason: `${newest.id} is unchanged, but older than ${limit} (max-age)` };
  }
  return { image: newest, reason: `unchanged since ${newest.createdAt} (${newest.id})` };
}

/**
 * Whether an image that says it is of this build was made by bake-ami under a name that the template gives: tags alone are written
 * by anybody who may tag images.
 */
export function isOurs(image: FoundImage, { namePattern }: KnownFingerprint): boolean {
  return image.tags[TAG.owner] === OWNER && matchesName(namePattern, image.tags[FINAL_NAME_TAG] ?? image.name);
}

/** Newest first. */
export function byNewest(a: FoundImage, b: FoundImage): number {
  return b.createdAt.localeCompare(a.createdAt);
}

/** Whether the image bears the mark of a run that did not end. */
export function isUnfinished(image: FoundImage): boolean {
  return image.tags[TAG.unfinished] !== undefined;
}

function isUsable(image: FoundImage, fingerprint: KnownFingerprint, wanted: Wanted): boolean {
  return (
    !isUnfinished(image) &&
    image.state === "available" &&
    isOurs(image, fingerprint) &&
    image.architecture === wanted.architecture &&
    !isDeprecated(image, wanted.now) &&
    isEncryptedAs(image, wanted.encrypted)
  );
}

function isDeprecated({ deprecatesAt }: FoundImage, now: number): boolean {
  return deprecatesAt !== undefined && Date.parse(deprecatesAt) <= now;
}

/** Whether the volumes are encrypted as asked; `ephemeral` devices have nothing to encrypt. */
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
