import { parseCount } from "../../core/request-values.js";
import { shortCaller } from "../../report/moved.js";
import { plainLine } from "../../report/plain.js";
import { columns } from "../columns.js";
import type { Command } from "../command.js";
import { REGION_FLAGS, regionsOf } from "../promotion-flags.js";

/** `bake-ami history`. */
export const history: Command = {
  name: "history",
  synopsis: "show who moved a parameter where, and when",
  usage: "bake-ami history [options] PARAMETER",
  help: "Shows the last versions of an image parameter in every region that has it, newest first: image, time, caller, labels, and whether it was a promotion or a rollback. Parameter Store keeps 100 versions, and no history of labels.",
  flags: [...REGION_FLAGS, { name: "most", kind: "text", value: "N", doc: "Versions a region (default: 10)." }],
  arguments: { least: 1, most: 1, missing: "a parameter is needed" },
  async run(flags, context) {
    const { terminal, engine } = context;
    const parameter = flags.positional[0] ?? "";
    const most = parseCount(flags.text("most") ?? "10", 1);
    if ("complaint" in most) terminal.error(`-most ${most.complaint}`);
    const regions = regionsOf(flags, context);
    if (!regions || "complaint" in most) return 1;
    const lines = await engine.history({ parameter, regions, region: flags.text("region"), most: most.value });
    if (lines.length === 0) {
      terminal.error(`There is no parameter ${parameter}${regions.length > 0 ? ` in ${regions.join(", ")}` : ""}.`);
      return 1;
    }
    const rows = lines.map((line) => [
      line.region,
      String(line.version),
      line.imageId,
      line.imageName,
      new Date(line.at).toISOString(),
      shortCaller(line.by),
      line.labels.join(","),
      line.what,
    ]);
    const head = ["REGION", "VERSION", "AMI", "NAME", "TIME", "CALLER", "LABELS", "WHAT"];
    for (const row of columns([head, ...rows])) terminal.write(plainLine(row));
    return 0;
  },
};
