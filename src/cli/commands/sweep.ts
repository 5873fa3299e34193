import type { SweepFinding } from "../../cleanup/sweep.js";
import { parseRegion, splitList } from "../../core/request-values.js";
import { plain } from "../../report/plain.js";
import type { Command } from "../command.js";

/** `bake-ami sweep`. */
export const sweep: Command = {
  name: "sweep",
  synopsis: "find, and remove, what dead runs left in the account",
  usage: "bake-ami sweep [options]",
  help: "Looks over all regions for resources that carry bake-ami's tags and whose time has expired: instances, volumes, keys, groups, snapshots, unfinished images, roles, instance profiles, launch templates. Tells what it would remove; removes with -remove. Finished images, and whatever does not carry our tags, are never touched. Exit code 1 when something could not be removed.",
  flags: [
    { name: "remove", kind: "boolean", doc: "Remove what has expired; without it, only tell." },
    { name: "regions", kind: "texts", value: "A,B", doc: "Look in these regions alone (default: all of the account)." },
    { name: "region", kind: "text", value: "REGION", doc: "Region to ask for the account's regions." },
  ],
  arguments: { least: 0, most: 0 },
  async run(flags, { engine, terminal }) {
    const regions: string[] = [];
    for (const name of flags.texts("regions").flatMap(splitList)) {
      const parsed = parseRegion(name);
      if ("complaint" in parsed) {
        terminal.error(`-regions: ${parsed.complaint}`);
        return 1;
      }
      regions.push(parsed.value);
    }
    const remove = flags.boolean("remove") ?? false;
    const { findings, left } = await engine.sweep({
      regions,
      region: flags.text("region"),
      remove,
      onRemoved: ({ kind, id, region }) => terminal.write(`removed: ${kind} ${plain(id)} in ${region}`),
    });
    for (const finding of findings) {
      if (finding.verdict === "keep" || !remove) terminal.write(findingLine(finding));
    }
    for (const { kind, id, region, why } of left) {
      terminal.error(`could not remove: ${kind} ${plain(id)} in ${region ?? "?"}: ${plain(why)}`);
    }
    const doomed = findings.filter(({ verdict }) => verdict === "remove").length;
    if (doomed > 0 && !remove) terminal.write(`${doomed} to remove: run it again with -remove.`);
    if (findings.length === 0) terminal.write("Nothing of bake-ami's is there.");
    return left.length === 0 ? 0 : 1;
  },
};

function findingLine({ resource, verdict, why }: SweepFinding): string {
  const what = `${resource.kind} ${plain(resource.id)} in ${resource.region}`;
  return `${verdict === "remove" ? "would remove" : "keep"}: ${what} (${plain(why)})`;
}
