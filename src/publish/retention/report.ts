import { isSpecificName } from "../../core/artifact.js";
import type { Diagnostic } from "../../core/diagnostics.js";
import type { Narrator } from "../../core/events.js";
import { TAG } from "../../core/ownership.js";
import { policyText, type RetentionPolicy, type RetentionRow } from "../../core/retention.js";
import { setting } from "../../core/setting.js";
import { imageKey } from "./choose.js";
import { applyRetention, type Retention, type RetentionOutcome } from "./retain.js";
import { commonBeginning } from "./selection.js";

/** Removes older images and reports which were removed, which were kept although they are old, and which failed. */
export async function retainAndReport(
  retention: Omit<Retention, "onDone">,
  narrator: Narrator,
): Promise<RetentionOutcome> {
  const { policy, dryRun } = retention;
  narrator.say(`${dryRun ? "Searching for" : "Removing"} older images: ${policyText(policy)} are kept`);
  const outcome = await applyRetention({
    ...retention,
    onDone: ({ image, fate, why }) => {
      const did = fate === "disable" ? "Disabled" : "Deregistered";
      narrator.message(`${did} AMI ${image.id} (${image.name}) in ${image.region}: ${why}`);
    },
  });
  for (const { image, fate, why, spared } of outcome.choices) {
    const what = `AMI ${image.id} (${image.name}) in ${image.region}`;
    if (spared) narrator.message(`Keeping ${what}: ${why}`);
    else if (outcome.byOthers.has(imageKey(image))) narrator.message(`Another run removed ${what}`);
    else if (dryRun && fate !== "keep") narrator.message(`Would ${fate} ${what}: ${why}`);
  }
  if (outcome.unread.length > 0) {
    narrator.warn({
      code: "parameters-not-read",
      summary: `Could not read ${outcome.unread.length} parameters, so their images did not count as in use: ${outcome.unread.slice(0, 5).join(", ")}`,
      hint: "Allow ssm:GetParameters on these parameters.",
    });
  }
  const notCounted = overlookedWarning(outcome.overlooked);
  if (notCounted) narrator.warn(notCounted);
  const rows = rowsOf(outcome, dryRun);
  const text = outcomeText(rows, policy, dryRun);
  narrator.message(text);
  narrator.emit({ type: "retention", retention: { text, rows } });
  return outcome;
}

/** Returns the warning about images that may belong to the series, but were not counted; undefined if there are none. */
export function overlookedWarning(names: readonly string[]): Omit<Diagnostic, "severity"> | undefined {
  if (names.length === 0) return undefined;
  const beginning = commonBeginning(names);
  const pattern = isSpecificName(beginning) ? `, for example "${beginning}*"` : "";
  const what =
    names.length === 1
      ? "1 image was not counted, because it has"
      : `${names.length} images were not counted, because they have`;
  return {
    code: "images-not-counted",
    summary: `${what} no tag "${TAG.image}" and another name pattern: ${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""}`,
    hint: `Set ${setting("keep-names")} to the names that count together${pattern}.`,
  };
}

const DONE = { keep: "stays", disable: "disabled", remove: "removed" } as const;
const PLANNED = { keep: "stays", disable: "would be disabled", remove: "would be removed" } as const;

/** Returns the outcome as rows, series by series, newest first. */
export function rowsOf({ choices, left, byOthers, now }: RetentionOutcome, dryRun: boolean): readonly RetentionRow[] {
  const failures = new Map(left.map(({ region, id, why }) => [`${region} ${id}`, why]));
  return choices.map(({ image, fate, why, spared }) => {
    const { region, id: imageId, name, createdAt } = image;
    const failure = failures.get(`${region} ${imageId}`);
    const row = { region, imageId, name, age: Math.max(0, now - createdAt), spared };
    if (failure !== undefined) return { ...row, what: "could not be changed", why: failure };
    if (byOthers.has(imageKey(image))) return { ...row, what: "removed", why: `${why}; another run removed it` };
    return { ...row, what: (dryRun ? PLANNED : DONE)[fate], why };
  });
}

/** Returns a summary line: `5 of 8 images stay (1 of them used, shared or protected), 3 were removed`. */
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
