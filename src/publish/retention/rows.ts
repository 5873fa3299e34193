import type { RetentionPolicy, RetentionRow } from "../../core/retention.js";
import type { RetentionOutcome } from "./retain.js";

const DONE = { keep: "stays", disable: "disabled", remove: "removed" } as const;
const PLANNED = { keep: "stays", disable: "would be disabled", remove: "would be removed" } as const;

/** The outcome as rows, series by series, newest first. */
export function rowsOf({ choices, left }: RetentionOutcome, now: number, dryRun: boolean): readonly RetentionRow[] {
  const failures = new Map(left.map(({ region, id, why }) => [`${region} ${id}`, why]));
  return choices.map(({ image, fate, why, spared }) => {
    const { region, id: imageId, name, createdAt } = image;
    const failure = failures.get(`${region} ${imageId}`);
    const row = { region, imageId, name, age: Math.max(0, now - createdAt), spared };
    if (failure !== undefined) return { ...row, what: "could not be changed", why: failure };
    return { ...row, what: (dryRun ? PLANNED : DONE)[fate], why };
  });
}

/** One line on all: `5 of 8 images stay (1 of them used, shared or protected), 3 were removed`. */
export function outcomeText(rows: readonly RetentionRow[], policy: RetentionPolicy, dryRun: boolean): string {
  const count = (what: RetentionRow["what"]) => rows.filter((row) => row.what === what).length;
  const spared = rows.filter((row) => row.spared).length;
  const { disable, remove } = dryRun ? PLANNED : DONE;
  const did = (what: string) => (dryRun ? what : `were ${what}`);
  const failed = count("could not be changed");
  return [
    `${count("stays")} of ${rows.length} images stay${spared > 0 ? ` (${spared} of them used, shared or protected)` : ""}`,
    ...(policy.disableFirst === undefined ? [] : [`${count(disable)} ${did(disable)}`]),
    `${count(remove)} ${did(remove)}`,
    ...(failed > 0 ? [`${failed} could not be changed`] : []),
  ].join(", ");
}
