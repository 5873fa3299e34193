import type { SweepOutcome } from "../../engine/api.js";
import { plain } from "../../report/plain.js";
import { command } from "../command.js";

/** `bake-ami sweep`. */
export const sweep = command({
  name: "sweep",
  synopsis: "find, and remove, what dead runs left in the account",
  usage: "bake-ami sweep [options]",
  help: "Looks over all regions for resources that carry bake-ami's tags and whose time has expired: instances, volumes, keys, groups, snapshots, unfinished images, roles, instance profiles, launch templates. Tells what it would remove; removes with -remove. Finished images, and whatever does not carry our tags, are never touched. Exit code 1 when something could not be removed.",
  arguments: { least: 0, most: 0 },
  request: ({ values }) => ({ regions: values.searchRegions, region: values.listingRegion, remove: values.remove }),
  async run(request, { engine, terminal }) {
    const { remove } = request;
    const { findings, left } = await engine.sweep({
      ...request,
      onRemoved: ({ kind, id, region }) => terminal.write(`removed: ${kind} ${plain(id)} in ${region}`),
    });
    for (const finding of findings) {
      if (finding.verdict === "keep" || !remove) terminal.write(findingLine(finding));
    }
    for (const { kind, id, region, why } of left) {
      terminal.error(`could not remove: ${kind} ${plain(id)} in ${region ?? "?"}: ${plain(why)}`);
    }
    const expired = findings.filter(({ verdict }) => verdict === "remove").length;
    if (expired > 0 && !remove) terminal.write(`${expired} to remove: run it again with -remove.`);
    if (findings.length === 0) terminal.write("Nothing of bake-ami's is there.");
    return left.length === 0 ? 0 : 1;
  },
});

function findingLine({ resource, verdict, why }: SweepOutcome["findings"][number]): string {
  const what = `${resource.kind} ${plain(resource.id)} in ${resource.region}`;
  return `${verdict === "remove" ? "would remove" : "keep"}: ${what} (${plain(why)})`;
}
