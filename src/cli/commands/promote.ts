import { hostname, userInfo } from "node:os";
import { parseArtifact } from "../../core/artifact-name.js";
import { toDiagnostic } from "../../core/errors.js";
import type { RequestedRetention } from "../../core/retention.js";
import type { PromotionOutcome, PromotionRun } from "../../engine/api.js";
import { requestedRetention } from "../../engine/requests/retention.js";
import { progressLine } from "../../report/console/progress.js";
import { moveText } from "../../report/phrases.js";
import { plain, plainLine } from "../../report/plain.js";
import { inWords } from "../../report/wording.js";
import { type CommandContext, command, type FlagsOf } from "../command.js";
import { COMMAND_WORDS } from "../words.js";
import { printPruned } from "./prune.js";

/** `bake-ami promote`. */
export const promote = command({
  name: "promote",
  synopsis: "point a parameter, or a label on it, at an image in every region",
  usage: "bake-ami promote [options] PARAMETER ARTIFACT",
  help: "Points a Parameter Store parameter at an artifact: AMI ids by region (us-east-1:ami-1,eu-west-1:ami-2), another parameter (/images/web/latest, with :label or :version if wanted), or fingerprint:HASH. All regions are checked before any is moved; then all are moved, each is read back, and when one fails all go back. With -keep, older images of its build and name pattern that nothing uses are removed then; a failure of that is only told. Exit code 1 when nothing was moved.",
  arguments: { least: 2, most: 2, missing: "a parameter and an artifact are needed" },
  request(read, [parameter = "", name = ""], context) {
    const artifact = parseArtifact(name);
    if ("complaint" in artifact) {
      const summary = `The artifact ${artifact.complaint}\n${artifact.hint ?? ""}`;
      read.report({ severity: "error", code: "invalid-input", summary });
    }
    return {
      run: promotionRun(parameter, read.values, context),
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
  synopsis: "point a parameter, or a label on it, back at the image before",
  usage: "bake-ami rollback [options] PARAMETER",
  help: "Points a parameter in every region back at the image that it named before, or a label back at the version that had it. A second rollback of a parameter goes further back; a label goes back once. Regions that disagree after an interrupted promotion are brought to one image. Checked, read back and taken back as promote does.",
  arguments: { least: 1, most: 1, missing: "a parameter is needed" },
  request: ({ values }, [parameter = ""], context) => promotionRun(parameter, values, context),
  async run(run, context) {
    printMoves(await context.engine.rollback(run), context);
    return 0;
  },
});

/** What both commands ask for. */
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
    by: `${userInfo().username} on ${hostname()}, process ${process.pid}`,
    repository: hostname(),
    onProgress: (event) => terminal.error(progressLine(event)),
  };
}

/** The move is done: what goes wrong with older images is printed and fails nothing. */
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
    terminal.error(`Warning: ${plain(summary)}${hint ? `\n${hint}` : ""}`);
  }
}

/** What was moved, one line a Region and pointer. */
function printMoves({ moved }: PromotionOutcome, { terminal }: CommandContext): void {
  for (const move of moved) terminal.write(plainLine(`${move.region}: ${move.pointer}: ${moveText(move)}`));
}
