import type { CallScope } from "../aws/client/session.js";
import { imageById } from "../aws/image.js";
import { enabledRegions } from "../aws/regions.js";
import { systemClock } from "../core/clock.js";
import { BakeError } from "../core/errors.js";
import { OWNER, TAG } from "../core/ownership.js";
import { outcomeText, rowsOf } from "../publish/retention/report.js";
import { retain } from "../publish/retention/retain.js";
import { type ImageSelection, ownSelection } from "../publish/retention/selection.js";
import { accountSurroundings, openAccount } from "./account.js";
import type { EngineSetting, PruneOutcome, PruneRun } from "./api.js";

/** Removes older images of the account, or returns which it would remove. */
export async function prune(run: PruneRun, setting: EngineSetting): Promise<PruneOutcome> {
  const { retention, promoted, remove } = run;
  const session = await openAccount(accountSurroundings(setting), run.region);
  const { signal } = setting.interruption;
  const scopeOf = (region: string): CallScope => ({ session, region, signal });
  const now = systemClock.now();
  try {
    const outcome = await retain({
      policy: retention,
      regions: run.regions.length > 0 ? run.regions : await enabledRegions(session, signal),
      selection: promoted
        ? await seriesOf(promoted, retention.names, scopeOf)
        : ownSelection({ names: retention.names, build: undefined, pattern: undefined }),
      spared: new Map(Object.values(promoted ?? {}).map((id) => [id, "just promoted"])),
      spareShared: true,
      dryRun: !remove,
      now,
      scopeOf,
      onDone: ({ image, fate }) =>
        run.onDone({ ...image, imageId: image.id }, fate === "disable" ? "disabled" : "removed"),
    });
    const { leftovers, left, unread } = outcome;
    const rows = rowsOf(outcome, now, !remove);
    const removed = rows.filter(({ what }) => what !== "stays" && what !== "could not be changed");
    return { rows, removed, leftovers, left, unread, text: outcomeText(rows, retention, !remove) };
  } finally {
    session.close();
  }
}

/** The images that count together with these: of the same build and name pattern, by their tags. */
async function seriesOf(
  images: Readonly<Record<string, string>>,
  names: readonly string[],
  scopeOf: (region: string) => CallScope,
): Promise<ImageSelection> {
  const [[region, id] = ["", ""]] = Object.entries(images);
  const tags = region === "" ? {} : ((await imageById(scopeOf(region), id))?.tags ?? {});
  const { [TAG.build]: build, [TAG.names]: pattern } = tags;
  if (tags[TAG.owner] !== OWNER || build === undefined || (pattern === undefined && names.length === 0)) {
    throw new BakeError(`${id} bears no tags that tell which older images are of its kind: none was removed`, {
      code: "image-without-series",
      resource: id,
      region,
      hint: "Images that bake-ami made bear them; give keep-names for those whose template names no pattern.",
    });
  }
  return ownSelection({ names, build, pattern });
}
