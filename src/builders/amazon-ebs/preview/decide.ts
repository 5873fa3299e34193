import { describeImage, describeOwnImages, type FoundImage } from "../../../aws/image.js";
import { changeTexts, type Fingerprint, type InputChange, type KnownFingerprint } from "../../../core/fingerprint.js";
import { runText } from "../../../core/lease.js";
import { OWNER, TAG, tagValue } from "../../../core/ownership.js";
import type { PreviewDecision } from "../../../core/preview.js";
import { type BakeReading, inRegion } from "../bake.js";
import type { EarlierImages } from "../look/earlier-images.js";
import { findLiveBuild } from "../look/live-build.js";
import type { ReuseChoice } from "../look/reused-image.js";
import { type ComparedInputs, compareEarlierImages, reasonNothingIsKept } from "../look/start-choice.js";
import { leftText } from "../look/unfinished-image.js";
import { finalNameOf, isUnfinished } from "../marks.js";
import type { StartingPoint } from "../plan.js";
import type { PreviewLookups } from "./lookups.js";

/** What the decision is about, in addition to the inputs. */
export interface Compared extends ComparedInputs {
  readonly fingerprint: Fingerprint;
  /** Undefined if they could not be read. */
  readonly earlier: EarlierImages | undefined;
  /** The image that the parameter of the build Region names; undefined for none. */
  readonly named: string | undefined;
}

/** What a bake would do, and the starting point that it would choose. */
export interface Decided {
  readonly decision: PreviewDecision;
  readonly start: StartingPoint;
  readonly changes: readonly InputChange[];
}

/** Decides as `chooseStartingPoint` does, but claims nothing and waits for nobody. */
export async function decide(bake: BakeReading, lookups: PreviewLookups, compared: Compared): Promise<Decided> {
  const { fingerprint, earlier, source } = compared;
  if (!fingerprint.known) return without("bake", fingerprint.why);
  if (bake.options.skip_create_ami) return without("bake", '"skip_create_ami" is set');
  if (earlier === undefined) return without("unknown", "the images of earlier runs are not known");
  const { skipUnchanged } = bake.context.settings;
  // An image with the same inputs is found in any case, to say that it exists.
  const comparing = withSettings(bake, { skipUnchanged: { ...skipUnchanged, enabled: true } });
  const choice = compareEarlierImages(comparing, earlier.ofBuild, fingerprint, compared);
  const { hasEarlier, reuse, unfinished } = choice;
  const resumed = unfinished.resumable.find(({ state }) => state === "available" || state === "pending");
  if (resumed) {
    const existing = { kind: "resumed", image: resumed, key: "", finalName: finalNameOf(resumed) } as const;
    const reason = `${resumed.id}, ${leftText(resumed, bake.session.serverNow())}`;
    return { decision: "resume", start: { existing, reason, hasEarlier }, changes: [] };
  }
  if (reuse.image && skipUnchanged.enabled) {
    const existing = { kind: "reused", image: reuse.image, finalName: reuse.image.name } as const;
    return { decision: "reuse", start: { existing, reason: reuse.reason, hasEarlier }, changes: [] };
  }
  const held = skipUnchanged.enabled
    ? (unfinished.held[0] ??
      (await lookups.read("the instances of other runs", () => findLiveBuild(bake, fingerprint)))?.value)
    : undefined;
  if (held) return without("wait", `${runText(held.tags)} is baking the same inputs (${held.id})`, hasEarlier);
  const nothingKept = reasonNothingIsKept(bake);
  if (nothingKept !== undefined) return without("bake", nothingKept, hasEarlier);
  if (reuse.image) return without("bake", `${reuse.reason}, but "skip-unchanged" is not set`, hasEarlier);
  const published = await publishedImage(bake, lookups, compared);
  const { reason, changes } = changesOf(reuse, published, fingerprint);
  return { ...without("bake", reason, hasEarlier), changes: await withNames(bake, source, changes) };
}

function without(decision: PreviewDecision, reason: string, hasEarlier = false): Decided {
  return { decision, start: { existing: undefined, reason, hasEarlier }, changes: [] };
}

function withSettings(bake: BakeReading, changed: Partial<BakeReading["context"]["settings"]>): BakeReading {
  return { ...bake, context: { ...bake.context, settings: { ...bake.context.settings, ...changed } } };
}

/**
 * Returns the finished image that the parameter names, if the build made it. Its name need not match the template: a version in the name may
 * be what changed.
 */
async function publishedImage(
  bake: BakeReading,
  lookups: PreviewLookups,
  { earlier, named: id }: Compared,
): Promise<FoundImage | undefined> {
  if (id === undefined || !id.startsWith("ami-")) return undefined;
  const known = earlier?.ofBuild.find((image) => image.id === id);
  const read = async () => describeOwnImages(inRegion(bake), [{ Name: "image-id", Values: [id] }]);
  const image = known ?? (await lookups.read("the image that the parameter names", read))?.value[0];
  const { identity, settings } = bake.context;
  const { [TAG.owner]: owner, [TAG.build]: build, [TAG.image]: series } = image?.tags ?? {};
  const isOurs =
    owner === OWNER &&
    build === tagValue(identity.name) &&
    (series === undefined || series === tagValue(settings.image));
  return image && isOurs && !isUnfinished(image) ? image : undefined;
}

/**
 * Returns what changed since the image that the parameter names, if the build made it, else since its newest image. That image is named in
 * the reason.
 */
function changesOf(
  { newest, reason }: ReuseChoice,
  published: FoundImage | undefined,
  fingerprint: KnownFingerprint,
): { readonly reason: string; readonly changes: readonly InputChange[] } {
  const last = published ?? newest;
  if (last === undefined || last.tags[TAG.fingerprint] === fingerprint.hash) return { reason, changes: [] };
  const changes = fingerprint.changesSince(last.tags);
  const what = changes.length > 0 ? changeTexts(changes).join(", ") : "other inputs";
  const which = published ? "which the parameter names" : "the newest image of the build";
  return { reason: `changed since ${last.id}, ${which}: ${what}`, changes };
}

/** Adds the names of both source AMIs. The former one may no longer exist, or be no longer shared. */
async function withNames(
  bake: BakeReading,
  source: FoundImage,
  changes: readonly InputChange[],
): Promise<readonly InputChange[]> {
  return Promise.all(
    changes.map(async (change) => {
      const { what, from } = change;
      if (what !== "source AMI" || from === undefined) return change;
      const former = /^ami-[0-9a-f]+$/.test(from)
        ? await describeImage(inRegion(bake), from).catch(() => undefined)
        : undefined;
      return { what, from: former ? `${from} (${former.name})` : from, to: `${source.id} (${source.name})` };
    }),
  );
}
