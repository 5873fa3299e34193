import { hostname, userInfo } from "node:os";
import { parseArtifact } from "../../core/artifact-name.js";
import { toDiagnostic } from "../../core/errors.js";
import { plain, plainLine } from "../../core/plain.js";
import type { RequestedRetention } from "../../core/retention.js";
import type { PromotionOutcome, PromotionRun } from "../../engine/api.js";
import { requestedRetention } from "../../engine/requests/retention.js";
import { progressLine } from "../../report/console/progress.js";
import { moveText, skippedText } from "../../report/phrases.js";
import { inWords } from "../../report/wording.js";
import { type CommandContext, command, type FlagsOf } from "../command.js";
import { COMMAND_WORDS } from "../words.js";
import { printPruned } from "./prune.js";

/** `bake-ami promote`. */
export const promote = command({
  name: "promote",
  synopsis: "set a parameter, or a label of it, to an image in all Regions",
  usage: "bake-ami promote [options] PARAMETER ARTIFACT",
  help: "Sets a Parameter Store parameter to an artifact: AMI IDs by Region (us-east-1:ami-1,eu-west-1:ami-2), another parameter (/images/web/latest, optionally with :label or :version), or fingerprint:HASH. All Regions are checked before any is changed. If a change fails, the changes in the other Regions are undone. With -keep, older images of the same series that are not in use are removed at the end; a failed removal is only a warning. The exit code is 1 if nothing was changed.",
  arguments: { least: 2, most: 2, missing: "A parameter and an artifact are required" },
  request(read, [parameter = "", name = ""], context) {
    const artifact = parseArtifact(name);
    if ("complaint" in artifact) {
      const summary = `Argument ARTIFACT ${artifact.complaint}`;
      read.report({ severity: "error", code: "invalid-input", summary, hint: artifact.hint });
    }
    return {
      run: {
        ...promotionRun(parameter, read.values, context),
        overwrite: read.values.overwriteParameter,
        requireTested: read.values.requireTested,
      },
      artifact: "value" in artifact ? artifact.value : undefined,
      retention: requestedRetention(read),
    };
  },
  async run({ run, artifact, retention }, context) {
    if (!artifact) return 1;
    const outcome = await context.engine.promote({ ...run, artifact });
    printMoves(outcome, context);
    if (retention) await removeOlder(outcome, retention, run.region, context);
    return 0;
  },
});

/** `bake-ami rollback`. */
export const rollback = command({
  name: "rollback",
  synopsis: "set a parameter, or a label of it, back to the previous image",
  usage: "bake-ami rollback [options] PARAMETER",
  help: "Sets a parameter in all Regions back to the previous image, or a label back to the previous version. A second rollback of a parameter goes back one image further; a label can go back once. An image whose tests failed is passed over. If an interrupted promotion left different images in the Regions, they are set to one image. All Regions are checked before any is changed, and changes are undone if one fails, as in promote.",
  arguments: { least: 1, most: 1, missing: "A parameter is required" },
  request: ({ values }, [parameter = ""], context) => promotionRun(parameter, values, context),
  async run(run, context) {
    printMoves(await context.engine.rollback(run), context);
    return 0;
  },
});

/** Returns the request of both commands. */
function promotionRun(
  parameter: string,
  flags: FlagsOf<"rollback">,
  { terminal }: CommandContext,
): Omit<PromotionRun, "artifact"> {
  return {
    parameter,
    label: flags.label,
    regions: flags.parameterRegions,
    region: flags.artifactRegion,
    launchTemplate: flags.launchTemplate,
    sharedWith: flags.sharedWith,
    overwrite: false,
    requireTested: false,
    by: `${userInfo().username} on ${hostname()}, process ${process.pid}`,
    repository: hostname(),
    onProgress: (event) => terminal.error(progressLine(event)),
  };
}

/** Removes older images after a promotion. A failure is printed as a warning, because the promotion succeeded. */
async function removeOlder(
  { images }: PromotionOutcome,
  retention: RequestedRetention,
  region: string | undefined,
  context: CommandContext,
): Promise<void> {
  const { engine, terminal } = context;
  try {
    const pruned = await engine.removeOlder({
      promoted: images,
      retention,
      region,
      onDone: ({ region: where, imageId, name }, what) =>
        terminal.write(`${what}: ${imageId} (${plain(name)}) in ${where}`),
    });
    printPruned(pruned, context);
  } catch (error) {
    const { summary, hint } = inWords(toDiagnostic(error), COMMAND_WORDS);
    terminal.error(`Warning: ${plain(summary)}${hint ? `\n  Hint: ${hint}` : ""}`);
  }
}

/** Prints the images that a rollback passed over, and the changes, one line per Region and pointer. */
function printMoves({ moved, skipped }: PromotionOutcome, { terminal }: CommandContext): void {
  for (const each of skipped) terminal.write(plainLine(`${each.region}: ${skippedText(each)}`));
  for (const move of moved) terminal.write(plainLine(`${move.region}: ${move.pointer}: ${moveText(move)}`));
}
