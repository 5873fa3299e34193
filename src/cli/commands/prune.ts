import { plain } from "../../core/plain.js";
import type { PruneOutcome } from "../../engine/api.js";
import { requestedRetention } from "../../engine/requests/retention.js";
import { shortAge } from "../../report/phrases.js";
import { inWords } from "../../report/wording.js";
import { type CommandContext, command } from "../command.js";
import { columns } from "../printer.js";
import { COMMAND_WORDS } from "../words.js";

/** `bake-ami prune`. */
export const prune = command({
  name: "prune",
  synopsis: "remove older images that are not in use, with their snapshots",
  usage: "bake-ami prune -keep=N [options]",
  help: "Searches all Regions for finished images that bake-ami made, grouped by build and name pattern, and lists the images to remove. The newest images are kept, and so are images that an instance, launch template, launch configuration, parameter or label uses, and images that are shared or protected. Images are only removed with -remove. The exit code is 1 if a resource could not be removed. If bake-ami cannot determine which images are in use, it removes none and the exit code is 1.",
  arguments: { least: 0, most: 0 },
  request: (read) => ({
    retention: requestedRetention(read),
    regions: read.values.searchRegions,
    region: read.values.listingRegion,
    remove: read.values.remove,
  }),
  async run({ retention, ...where }, context) {
    const { engine, terminal } = context;
    if (!retention) {
      terminal.error('Flag "-keep" or "-keep-days" is required. Set -keep=5 (the newest 5), -keep-days=30, or both.');
      return 1;
    }
    const outcome = await engine.prune({
      retention,
      ...where,
      onDone: ({ region, imageId, name }, what) => terminal.write(`${what}: ${imageId} (${plain(name)}) in ${region}`),
    });
    printPruned(outcome, context);
    if (!where.remove && outcome.rows.some(({ what }) => what !== "stays"))
      terminal.write("To remove them, run the command again with -remove.");
    return outcome.left.length === 0 ? 0 : 1;
  },
});

/** Prints the table of images, the resources that could not be removed or read, and the totals. */
export function printPruned(
  { rows, leftovers, left, unread, notCounted, text }: PruneOutcome,
  { terminal }: CommandContext,
): void {
  const head = ["REGION", "AMI", "NAME", "AGE", "ACTION", "REASON"];
  const cells = rows.map(({ region, imageId, name, age, what, why }) => [
    region,
    imageId,
    plain(name),
    shortAge(age),
    what,
    plain(why),
  ]);
  if (rows.length > 0) for (const line of columns([head, ...cells])) terminal.write(line);
  for (const { region, id } of leftovers)
    terminal.write(`${region}  ${id}  snapshot of an image that was removed by an earlier run`);
  for (const { kind, region, id, why } of left) {
    terminal.error(`Could not remove ${kind} ${id} in ${region}: ${plain(why)}`);
  }
  if (unread.length > 0) terminal.error(unreadText(unread));
  if (notCounted) {
    const warning = inWords({ severity: "warning", ...notCounted }, COMMAND_WORDS);
    terminal.error(plain(`${warning.summary}. ${warning.hint ?? ""}`));
  }
  terminal.write(`${text}.`);
}

/** Returns the message about parameters that could not be read. */
function unreadText(unread: readonly string[]): string {
  const names = unread.slice(0, 3).map(plain).join(", ");
  const more = unread.length > 3 ? ` and ${unread.length - 3} more` : "";
  return `Could not read these parameters (ssm:GetParameters is not allowed): ${names}${more}`;
}
