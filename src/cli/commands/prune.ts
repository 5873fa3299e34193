import type { PruneOutcome } from "../../engine/api.js";
import { requestedRetention } from "../../engine/requests/retention.js";
import { shortAge } from "../../report/phrases.js";
import { plain } from "../../report/plain.js";
import { type CommandContext, command } from "../command.js";
import { columns } from "../printer.js";

/** `bake-ami prune`. */
export const prune = command({
  name: "prune",
  synopsis: "remove older images that nothing uses, with their snapshots",
  usage: "bake-ami prune -keep=N [options]",
  help: "Looks over all regions for finished images that bake-ami made, counts those of one build and name pattern together, and tells which would go: all but the newest, none that an instance, launch template, launch configuration, parameter or label names, none that is shared or protected. Removes with -remove. Exit code 1 when something could not be removed, or when it cannot be told what uses the images: then nothing is.",
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
      terminal.error("Say what stays: -keep=5 (the newest 5), -keep-days=30, or both.");
      return 1;
    }
    const outcome = await engine.prune({
      retention,
      ...where,
      onDone: ({ region, imageId, name }, what) => terminal.write(`${what}: ${imageId} (${plain(name)}) in ${region}`),
    });
    printPruned(outcome, context);
    if (!where.remove && outcome.rows.some(({ what }) => what !== "stays"))
      terminal.write("Run it again with -remove.");
    return outcome.left.length === 0 ? 0 : 1;
  },
});

/** The table, what could not be removed or read, and the sum. */
export function printPruned({ rows, leftovers, left, unread, text }: PruneOutcome, { terminal }: CommandContext): void {
  const head = ["region", "image", "name", "age", "", "why"];
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
    terminal.write(`${region}  ${id}  snapshot of an image that an earlier run removed`);
  for (const { kind, region, id, why } of left) {
    terminal.error(`could not be changed: ${kind} ${id} in ${region}: ${plain(why)}`);
  }
  if (unread.length > 0) terminal.error(unreadText(unread));
  terminal.write(`${text}.`);
}

/** Which parameters could not be read. */
function unreadText(unread: readonly string[]): string {
  const names = unread.slice(0, 3).map(plain).join(", ");
  return `Not read, as ssm:GetParameters is not allowed on them: ${names}${unread.length > 3 ? ` and ${unread.length - 3} more` : ""}.`;
}
