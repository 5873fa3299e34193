import type { RetentionPolicy } from "../../core/retention.js";
import type { Fate } from "./choose.js";
import type { RetentionOutcome } from "./retain.js";

/** What became of one image, for tables and outputs; `age` in milliseconds. */
export interface RetentionRow {
  readonly region: string;
  readonly imageId: string;
  readonly name: string;
  readonly age: number;
  readonly what: "stays" | "would be disabled" | "would be removed" | "disabled" | "removed" | "could not be changed";
  readonly why: string;
}

const DONE = { keep: "stays", disable: "disabled", remove: "removed" } as const;
const PLANNED = { keep: "stays", disable: "would be disabled", remove: "would be removed" } as const;

/** The outcome as rows, series by series, newest first. */
export function rowsOf({ choices, left }: RetentionOutcome, now: number, dryRun: boolean): readonly RetentionRow[] {
  const failures = new Map(left.map(({ region, id, why }) => [`${region} ${id}`, why]));
  return choices.map(({ image, fate, why }) => {
    const { region, id: imageId, name, createdAt } = image;
    const failure = failures.get(`${region} ${imageId}`);
    const age = Math.max(0, now - createdAt);
    if (failure !== undefined) return { region, imageId, name, age, what: "could not be changed", why: failure };
    return { region, imageId, name, age, what: (dryRun ? PLANNED : DONE)[fate], why };
  });
}

/** How many images have a fate. */
export function countOf({ choices }: Pick<RetentionOutcome, "choices">, fate: Fate): number {
  return choices.filter((choice) => choice.fate === fate).length;
}

/** One line on all: `5 images stay, 2 are removed`. */
export function outcomeText(outcome: RetentionOutcome, policy: RetentionPolicy, dryRun: boolean): string {
  const [stay, disable, remove] = [countOf(outcome, "keep"), countOf(outcome, "disable"), countOf(outcome, "remove")];
  const would = dryRun ? "would be" : "were";
  const parts = [
    `${stay} of ${outcome.choices.length} images stay`,
    ...(policy.disableFirst === undefined ? [] : [`${disable} ${would} disabled`]),
    `${remove} ${would} removed`,
  ];
  return parts.join(", ");
}
