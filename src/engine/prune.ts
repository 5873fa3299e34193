import type { CallScope } from "../aws/client/session.js";
import { describeImage } from "../aws/image.js";
import { describeEnabledRegions } from "../aws/regions.js";
import { BakeError } from "../core/errors.js";
import { seriesOf } from "../core/image-series.js";
import { OWNER, TAG } from "../core/ownership.js";
import { setting } from "../core/setting.js";
import { retentionPermissions } from "../publish/permissions.js";
import { outcomeText, overlookedWarning, rowsOf } from "../publish/retention/report.js";
import { applyRetention, type Retention } from "../publish/retention/retain.js";
import { type ImageSelection, ownSelection } from "../publish/retention/selection.js";
import { accountSurroundings, openAccount } from "./account.js";
import type { EngineSetting, PruneOutcome, PruneRun, RemoveOlderRun } from "./api.js";
import { checkRequestedRegions } from "./requested-regions.js";
import { limitSession } from "./session-policy.js";

/** Removes older images of the account, or returns the images that would be removed. */
export function prune(run: PruneRun, setting: EngineSetting): Promise<PruneOutcome> {
  const { names } = run.retention;
  return removeSelected(run, setting, async () => ({
    selection: ownSelection({ names, build: undefined, series: undefined }),
    spared: new Map(),
  }));
}

/** Removes older images of the series of promoted images, in the Regions of these. */
export function removeOlder({ promoted, ...run }: RemoveOlderRun, setting: EngineSetting): Promise<PruneOutcome> {
  const everywhere = { ...run, regions: Object.keys(promoted), remove: true };
  return removeSelected(everywhere, setting, async (scopeOf) => ({
    selection: await selectSeries(promoted, run.retention.names, scopeOf),
    spared: new Map(Object.values(promoted).map((id) => [id, "just promoted"])),
  }));
}

type ScopeOf = (region: string) => CallScope;

async function removeSelected(
  { retention, regions, region: home, remove, onDone }: PruneRun,
  setting: EngineSetting,
  select: (scopeOf: ScopeOf) => Promise<Pick<Retention, "selection" | "spared">>,
): Promise<PruneOutcome> {
  const limited = await limitSession(setting, (scope) =>
    retentionPermissions(scope, {
      regions: regions.length > 0 ? regions : ["*"],
      tags: undefined,
      disables: retention.disableFirst !== undefined,
      listsRegions: true,
    }),
  );
  const session = await openAccount(accountSurroundings(limited), home);
  const { signal } = setting.interruption;
  const scopeOf = (region: string): CallScope => ({ session, region, signal });
  try {
    await checkRequestedRegions(session, { region: home, regions }, signal);
    const outcome = await applyRetention({
      policy: retention,
      regions: regions.length > 0 ? regions : await describeEnabledRegions(session, signal),
      ...(await select(scopeOf)),
      spareShared: true,
      dryRun: !remove,
      now: session.serverNow,
      scopeOf,
      onDone: ({ image, fate }) => onDone({ ...image, imageId: image.id }, fate === "disable" ? "disabled" : "removed"),
    });
    const { leftovers, left, unread } = outcome;
    const notCounted = overlookedWarning(outcome.overlooked);
    const rows = rowsOf(outcome, !remove);
    const removed = rows.filter(({ what }) => what !== "stays" && what !== "could not be changed");
    return { rows, removed, leftovers, left, unread, notCounted, text: outcomeText(rows, retention, !remove) };
  } finally {
    session.close();
  }
}

/** Returns the selection of images of the same series. Without the tag of the series they need the name pattern in their tags. */
async function selectSeries(
  images: Readonly<Record<string, string>>,
  names: readonly string[],
  scopeOf: ScopeOf,
): Promise<ImageSelection> {
  const [[region, id] = ["", ""]] = Object.entries(images);
  const image = region === "" ? undefined : await describeImage(scopeOf(region), id);
  const tags = image?.tags ?? {};
  const { [TAG.build]: build } = tags;
  const isKnown = names.length > 0 || tags[TAG.image] !== undefined || tags[TAG.names] !== undefined;
  if (!image || tags[TAG.owner] !== OWNER || build === undefined || !isKnown) {
    const tag = tags[TAG.owner] !== OWNER ? TAG.owner : build === undefined ? TAG.build : TAG.image;
    throw new BakeError(`Cannot find older images of the same series: ${id} has no "${tag}" tag of bake-ami`, {
      code: "image-without-series",
      resource: id,
      region,
      hint: `No image was removed. bake-ami sets this tag on its own images. Set ${setting("keep-names")} to select images without it.`,
    });
  }
  return ownSelection({ names, build, series: seriesOf(image) });
}
