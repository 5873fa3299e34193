import { plain } from "../../core/plain.js";
import type { SweepOutcome } from "../../engine/api.js";
import { command } from "../command.js";

/** `bake-ami sweep`. */
export const sweep = command({
  name: "sweep",
  synopsis: "find and remove resources of interrupted bakes in the account",
  usage: "bake-ami sweep [options]",
  help: "Searches all Regions for expired resources with the tags of bake-ami: instances, volumes, key pairs, security groups, snapshots, unfinished images, roles, instance profiles, launch templates, and sessions of Session Manager on expired instances. Resources are only removed with -remove. Finished images and resources without these tags are never changed. The exit code is 1 if a resource could not be removed.",
  arguments: { least: 0, most: 0 },
  request: ({ values }) => ({
    allowedAccounts: values.allowedAccounts,
    regions: values.searchRegions,
    region: values.listingRegion,
    remove: values.remove,
  }),
  async run(request, { engine, terminal }) {
    const { remove } = request;
    const { account, findings, left } = await engine.sweep({
      ...request,
      onRemoved: ({ kind, id, region }) => terminal.write(`removed: ${kind} ${plain(id)} in ${region}`),
    });
    for (const finding of findings) {
      if (finding.verdict !== "remove" || !remove) terminal.write(findingLine(finding));
    }
    for (const { kind, id, region, why } of left) {
      terminal.error(`Could not remove ${kind} ${plain(id)} in ${region ?? "?"}: ${plain(why)}`);
    }
    const expired = findings.filter(({ verdict }) => verdict === "remove").length;
    if (expired > 0 && !remove) terminal.write(`${expired} to remove. Run the command again with -remove.`);
    const where = account === undefined ? "" : ` in account ${account}`;
    if (findings.length === 0) terminal.write(`No resources of bake-ami found${where}.`);
    return left.length === 0 ? 0 : 1;
  },
});

const LABELS = { remove: "would remove", keep: "keep", unfinished: "unfinished, deregister it if it is not needed" };

function findingLine({ resource, verdict, why }: SweepOutcome["findings"][number]): string {
  const what = `${resource.kind} ${plain(resource.id)} in ${resource.region}`;
  return `${LABELS[verdict]}: ${what} (${plain(why)})`;
}
