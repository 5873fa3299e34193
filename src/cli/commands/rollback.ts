import { progressLine } from "../../report/console/progress.js";
import type { Command } from "../command.js";
import { PROMOTION_FLAGS, promotionRun } from "../promotion-flags.js";
import { tellMoves } from "./promote.js";

/** `bake-ami rollback`. */
export const rollback: Command = {
  name: "rollback",
  synopsis: "point a parameter, or a label on it, back at the image before",
  usage: "bake-ami rollback [options] PARAMETER",
  help: "Points a parameter in every region back at the image that it named before, or a label back at the version that had it. A second rollback of a parameter goes further back; a label goes back once. Regions that disagree after an interrupted promotion are brought to one image. Checked, read back and taken back as promote does.",
  flags: PROMOTION_FLAGS,
  arguments: { least: 1, most: 1, missing: "a parameter is needed" },
  async run(flags, context) {
    const run = promotionRun(flags, context);
    if (!run) return 1;
    const outcome = await context.engine.rollback({
      ...run,
      onProgress: (event) => context.terminal.error(progressLine(event)),
    });
    tellMoves(outcome, context);
    return 0;
  },
};
