import type { FoundImage } from "../../../aws/image.js";
import { newestFirst } from "../../../core/image-order.js";
import { isHeld, runText } from "../../../core/lease.js";
import { INTERMEDIATE, type Ownership, TAG } from "../../../core/ownership.js";
import { formatDuration } from "../../../core/text.js";
import { isUnfinished } from "../marks.js";

/** The conditions under which this run resumes an unfinished image of an earlier run. */
export interface ResumeRules {
  /** This run. */
  readonly ownership: Pick<Ownership, "runId" | "attempt">;
  /** Longest age of the image in milliseconds; 0 resumes none. */
  readonly within: number;
  /** The time of AWS, in milliseconds since the epoch. */
  readonly now: number;
}

/** The unfinished images of a build with the same inputs, by what this run may do with them. */
export interface UnfinishedImages {
  /** Left by runs that have ended, in the order in which they are tried: it resumes from one. */
  readonly resumable: readonly FoundImage[];
  /** Held by live runs: their leases are renewed. */
  readonly held: readonly FoundImage[];
  /** Left by runs that have ended, and too old to be resumed. */
  readonly tooOld: readonly FoundImage[];
}

/** Sorts the unfinished images. Intermediate copies are made again from the image that is resumed, and disabled images are in no group. */
export function sortUnfinished(images: readonly FoundImage[], rules: ResumeRules): UnfinishedImages {
  const unfinished = images
    .filter((image) => isUnfinished(image) && image.tags[TAG.unfinished] !== INTERMEDIATE && image.state !== "disabled")
    .sort(temporaryNamesFirst);
  const held = unfinished.filter(({ tags }) => isHeld(tags, rules.ownership, rules.now));
  const ended = unfinished.filter((image) => !held.includes(image));
  return {
    resumable: ended.filter((image) => isYoung(image, rules)),
    held,
    tooOld: ended.filter((image) => !isYoung(image, rules)),
  };
}

function isYoung({ createdAt }: FoundImage, { within, now }: ResumeRules): boolean {
  return within > 0 && now - Date.parse(createdAt) <= within;
}

/** Sorts images with a temporary name first, because their copies are made from them; then the newest. */
function temporaryNamesFirst(a: FoundImage, b: FoundImage): number {
  const rank = (image: FoundImage) => (image.tags[TAG.finalName] === undefined ? 1 : 0);
  return rank(a) - rank(b) || newestFirst(a, b);
}

/** Returns the run that left an image, and its age: `left unfinished by run 4711 (2 h ago)`. `now`: milliseconds since the epoch. */
export function leftText({ tags, createdAt }: FoundImage, now: number): string {
  const age = now - Date.parse(createdAt);
  return `left unfinished by ${runText(tags)}${age >= 0 ? ` (${formatDuration(age)} ago)` : ""}`;
}
