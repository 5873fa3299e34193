import { plainLine } from "../../core/plain.js";
import { shortCaller } from "../../report/phrases.js";
import { command } from "../command.js";
import { columns } from "../printer.js";

/** `bake-ami history`. */
export const history = command({
  name: "history",
  synopsis: "show the changes of an image parameter",
  usage: "bake-ami history [options] PARAMETER",
  help: "Shows the last versions of an image parameter in all Regions that have it, newest first, with AMI, result of its image tests, time, caller and labels, and whether the change was a promotion or a rollback. Parameter Store keeps the last 100 versions of a parameter and no history of labels.",
  arguments: { least: 1, most: 1, missing: "A parameter is required" },
  request: ({ values }, [parameter = ""]) => ({
    parameter,
    regions: values.parameterRegions,
    region: values.artifactRegion,
    most: values.versionCount,
  }),
  async run(request, { terminal, engine }) {
    const { parameter, regions } = request;
    const lines = await engine.history(request);
    if (lines.length === 0) {
      terminal.error(`Parameter "${parameter}" does not exist${regions.length > 0 ? ` in ${regions.join(", ")}` : ""}`);
      return 1;
    }
    const rows = lines.map((line) => [
      line.region,
      String(line.version),
      line.imageId,
      line.imageName,
      line.tests ?? "",
      new Date(line.at).toISOString(),
      shortCaller(line.by),
      line.labels.join(","),
      line.what,
    ]);
    const head = ["REGION", "VERSION", "AMI", "NAME", "TESTS", "TIME", "CALLER", "LABELS", "WHAT"];
    for (const row of columns([head, ...rows])) terminal.write(plainLine(row));
    return 0;
  },
});
