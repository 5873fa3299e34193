import { parseArtifact } from "../../core/artifact-name.js";
import { plain } from "../../report/plain.js";
import type { Command, CommandContext } from "../command.js";
import type { PromotionOutcome } from "../engine.js";
import { PROMOTION_FLAGS, promotionRun } from "../promotion-flags.js";

/** `bake-ami promote`. */
export const promote: Command = {
  name: "promote",
  synopsis: "point a parameter, or a label on it, at an image in every region",
  usage: "bake-ami promote [options] PARAMETER ARTIFACT",
  help: "Points a Parameter Store parameter at an artifact: AMI ids by region (us-east-1:ami-1,eu-west-1:ami-2), another parameter (/images/web/latest, with :label or :version if wanted), or fingerprint:HASH. All regions are checked before any is moved; then all are moved, each is read back, and when one fails all go back. Exit code 1 when nothing was moved.",
  flags: PROMOTION_FLAGS,
  arguments: { least: 2, most: 2, missing: "a parameter and an artifact are needed" },
  async run(flags, context) {
    const run = promotionRun(flags, context);
    const artifact = parseArtifact(flags.positional[1] ?? "");
    if ("complaint" in artifact) context.terminal.error(`The artifact ${artifact.complaint}\n${artifact.hint ?? ""}`);
    if (!run || "complaint" in artifact) return 1;
    tellMoves(
      await context.engine.promote({ ...run, artifact: artifact.value, onProgress: context.terminal.error }),
      context,
    );
    return 0;
  },
};

/** Says what was moved, one line a region and pointer. */
export function tellMoves({ moved }: PromotionOutcome, { terminal }: CommandContext): void {
  for (const { region, pointer, imageId, previous, version, moved: isMoved } of moved) {
    const what = `${region}: ${plain(pointer)}`;
    if (isMoved) terminal.write(`${what}: ${plain(previous ?? "nothing")} → ${imageId} (version ${version})`);
    else terminal.write(`${what} names ${imageId} already (version ${version})`);
  }
}
