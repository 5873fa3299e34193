import { parseArtifact } from "../../core/artifact-name.js";
import { toDiagnostic } from "../../core/errors.js";
import type { RequestedRetention } from "../../core/retention.js";
import type { PromotionOutcome } from "../../engine/api.js";
import { progressLine } from "../../report/console/progress.js";
import { moveText } from "../../report/moved.js";
import { plain, plainLine } from "../../report/plain.js";
import { inWords } from "../../report/wording.js";
import type { Command, CommandContext } from "../command.js";
import { PROMOTION_FLAGS, promotionRun } from "../promotion-flags.js";
import { RETENTION_FLAGS, retentionRequest } from "../retention-flags.js";
import { COMMAND_WORDS } from "../words.js";
import { tellPruned } from "./prune.js";

/** `bake-ami promote`. */
export const promote: Command = {
  name: "promote",
  synopsis: "point a parameter, or a label on it, at an image in every region",
  usage: "bake-ami promote [options] PARAMETER ARTIFACT",
  help: "Points a Parameter Store parameter at an artifact: AMI ids by region (us-east-1:ami-1,eu-west-1:ami-2), another parameter (/images/web/latest, with :label or :version if wanted), or fingerprint:HASH. All regions are checked before any is moved; then all are moved, each is read back, and when one fails all go back. With -keep, older images of its build and name pattern that nothing uses are removed then; a failure of that is only told. Exit code 1 when nothing was moved.",
  flags: [...PROMOTION_FLAGS, ...RETENTION_FLAGS],
  arguments: { least: 2, most: 2, missing: "a parameter and an artifact are needed" },
  async run(flags, context) {
    const run = promotionRun(flags, context);
    const problems: string[] = [];
    const retention = retentionRequest(flags, (problem) => void problems.push(problem));
    for (const problem of problems) context.terminal.error(problem);
    const artifact = parseArtifact(flags.positional[1] ?? "");
    if ("complaint" in artifact) context.terminal.error(`The artifact ${artifact.complaint}\n${artifact.hint ?? ""}`);
    if (!run || "complaint" in artifact || problems.length > 0) return 1;
    const outcome = await context.engine.promote({
      ...run,
      artifact: artifact.value,
      onProgress: (event) => context.terminal.error(progressLine(event)),
    });
    tellMoves(outcome, context);
    if (retention) await removeOlder(outcome, retention, run.region, context);
    return 0;
  },
};

/** The move is done: what goes wrong with older images is told, and fails nothing. */
async function removeOlder(
  { images }: PromotionOutcome,
  retention: RequestedRetention,
  region: string | undefined,
  context: CommandContext,
): Promise<void> {
  const { engine, terminal } = context;
  try {
    const pruned = await engine.prune({
      retention,
      regions: Object.keys(images),
      region,
      remove: true,
      beside: images,
      onDone: ({ region: where, imageId, name }, what) =>
        terminal.write(`${what}: ${imageId} (${plain(name)}) in ${where}`),
    });
    tellPruned(pruned, context);
  } catch (error) {
    const { summary, hint } = inWords(toDiagnostic(error), COMMAND_WORDS);
    terminal.error(`Warning: ${plain(summary)}${hint ? `\n${hint}` : ""}`);
  }
}

/** Says what was moved, one line a region and pointer. */
export function tellMoves({ moved }: PromotionOutcome, { terminal }: CommandContext): void {
  for (const move of moved) terminal.write(plainLine(`${move.region}: ${move.pointer}: ${moveText(move)}`));
}
