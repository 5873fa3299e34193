import type { PruneOutcome } from "../../engine/api.js";
import { plain } from "../../report/plain.js";
import { shortAge } from "../../report/short-age.js";
import { columns } from "../columns.js";
import type { Command, CommandContext } from "../command.js";
import type { ParsedFlags } from "../flags.js";
import { regionsOf } from "../promotion-flags.js";
import { RETENTION_FLAGS, retentionRequest } from "../retention-flags.js";

/** `bake-ami prune`. */
export const prune: Command = {
  name: "prune",
  synopsis: "remove older images that nothing uses, with their snapshots",
  usage: "bake-ami prune -keep=N [options]",
  help: "Looks over all regions for finished images that bake-ami made, counts those of one build and name pattern together, and tells which would go: all but the newest, none that an instance, launch template, launch configuration, parameter or label names, none that is shared or protected. Removes with -remove. Exit code 1 when something could not be removed, or when it cannot be told what uses the images: then nothing is.",
  flags: [
    ...RETENTION_FLAGS,
    { name: "remove", kind: "boolean", doc: "Remove them; without it, only tell." },
    { name: "regions", kind: "texts", value: "A,B", doc: "Look in these regions alone (default: all of the account)." },
    { name: "region", kind: "text", value: "REGION", doc: "Region to ask for the account's regions." },
  ],
  arguments: { least: 0, most: 0 },
  async run(flags, context) {
    const { engine, terminal } = context;
    const retention = retentionOf(flags, context);
    const regions = regionsOf(flags, context);
    if (!retention || !regions) return 1;
    const remove = flags.boolean("remove") ?? false;
    const outcome = await engine.prune({
      retention,
      regions,
      region: flags.text("region"),
      remove,
      onDone: ({ region, imageId, name }, what) => terminal.write(`${what}: ${imageId} (${plain(name)}) in ${region}`),
    });
    tellPruned(outcome, context);
    if (!remove && outcome.rows.some(({ what }) => what !== "stays")) terminal.write("Run it again with -remove.");
    return outcome.left.length === 0 ? 0 : 1;
  },
};

function retentionOf(flags: ParsedFlags, { terminal }: CommandContext) {
  let complained = false;
  const retention = retentionRequest(flags, (problem) => {
    complained = true;
    terminal.error(problem);
  });
  if (!retention && !complained) terminal.error("Say what stays: -keep=5 (the newest 5), -keep-days=30, or both.");
  return retention;
}

/** The table, what could not be removed or read, and the sum. */
export function tellPruned({ rows, leftovers, left, unread, text }: PruneOutcome, { terminal }: CommandContext): void {
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
