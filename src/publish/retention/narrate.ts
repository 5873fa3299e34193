import type { Narrator } from "../../core/events.js";
import { policyText } from "../../core/retention.js";
import { type Retention, type RetentionOutcome, retain } from "./retain.js";
import { outcomeText, rowsOf } from "./rows.js";

/** Removes older images and tells it as a build does: what goes, what stays although it is old, and what could not be done. */
export async function retainAndTell(
  retention: Omit<Retention, "onDone">,
  narrator: Narrator,
): Promise<RetentionOutcome> {
  const { policy, dryRun } = retention;
  narrator.say(`${dryRun ? "Looking for" : "Removing"} older images: ${policyText(policy)} stay`);
  const outcome = await retain({
    ...retention,
    onDone: ({ image, fate, why }) => {
      const did = fate === "disable" ? "Disabled" : "Deregistered";
      narrator.message(`${did} AMI ${image.id} (${image.name}) in ${image.region}: ${why}`);
    },
  });
  for (const { image, fate, why, spared } of outcome.choices) {
    const what = `AMI ${image.id} (${image.name}) in ${image.region}`;
    if (spared) narrator.message(`Keeping ${what}: ${why}`);
    else if (dryRun && fate !== "keep") narrator.message(`Would ${fate} ${what}: ${why}`);
  }
  if (outcome.unread.length > 0) {
    narrator.warn({
      code: "parameters-not-read",
      summary: `${outcome.unread.length} parameters could not be read, so images that only they name were not spared: ${outcome.unread.slice(0, 5).join(", ")}`,
      hint: "Allow ssm:GetParameters on them.",
    });
  }
  const rows = rowsOf(outcome, retention.now, dryRun);
  const text = outcomeText(rows, policy, dryRun);
  narrator.message(text);
  narrator.emit({ type: "retention", retention: { text, rows } });
  return outcome;
}
