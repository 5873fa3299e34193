import { createProgressReporter } from "../../../aws/client/wait.js";
import type { FoundImage } from "../../../aws/image.js";
import type { Fingerprint, KnownFingerprint } from "../../../core/fingerprint.js";
import { leaseEnd, runText } from "../../../core/lease.js";
import { TAG } from "../../../core/ownership.js";
import { formatDuration } from "../../../core/text.js";
import { runBuilderStep } from "../../step.js";
import type { Bake } from "../bake.js";
import { type EarlierImages, readEarlierImages } from "../look/earlier-images.js";
import { findLiveBuild } from "../look/live-build.js";
import { type ComparedInputs, compareEarlierImages, reasonNothingIsKept } from "../look/start-choice.js";
import type { UnfinishedImages } from "../look/unfinished-image.js";
import type { StartingPoint } from "../plan.js";
import { resumeImage } from "./resume.js";

/** Interval of reads while this run waits for the image of another run, in milliseconds. */
const READ_AGAIN = 10_000;

/** The starting point of a run, and the earlier images when it was chosen. */
export interface Start {
  readonly start: StartingPoint;
  readonly earlier: EarlierImages;
}

/** The inputs of the choice that do not change. */
interface Inputs extends ComparedInputs {
  readonly fingerprint: Fingerprint;
}

/**
 * Chooses an image of an earlier run of this build with the same inputs: an unfinished one (of an interrupted run) is resumed. With
 * `skip-unchanged`, the newest finished one that is not too old is reused, and the image of a live run is waited for.
 */
export async function chooseStartingPoint(bake: Bake, earlier: EarlierImages, inputs: Inputs): Promise<Start> {
  const chosen = await startingPoint(bake, earlier, inputs);
  const { narrator, settings, surroundings } = bake.context;
  const { existing, reason } = chosen.start;
  surroundings.debug(() => startText(chosen, inputs.fingerprint));
  if (!existing && settings.skipUnchanged.enabled) narrator.say(`Not skipped: ${reason}`);
  return chosen;
}

/** Returns which images were compared, and why one is used or none is, for the debug log. */
function startText({ start, earlier }: Start, fingerprint: Fingerprint): string {
  const hash = fingerprint.known ? fingerprint.hash : `unknown (${fingerprint.why})`;
  const compared = earlier.ofBuild.map(({ id, state, tags }) => {
    const unfinished = tags[TAG.unfinished] === undefined ? "" : `, unfinished: ${tags[TAG.unfinished]}`;
    const lease = tags[TAG.lease] === undefined ? "" : `, lease of ${runText(tags)} until ${tags[TAG.lease]}`;
    return `${id} (${state}, fingerprint ${tags[TAG.fingerprint] ?? "none"}${unfinished}${lease})`;
  });
  const { existing } = start;
  return [
    `Fingerprint: ${hash}`,
    `Image with the name: ${earlier.withName?.id ?? "none"}. Images of this build: ${compared.join(", ") || "none"}`,
    existing
      ? `Image ${existing.image.id} is ${existing.kind}: ${start.reason}`
      : `No image is reused or resumed: ${start.reason}`,
  ].join("\n");
}

async function startingPoint(bake: Bake, earlier: EarlierImages, inputs: Inputs): Promise<Start> {
  const { fingerprint } = inputs;
  const none = { existing: undefined, hasEarlier: false };
  if (!fingerprint.known) return { start: { ...none, reason: fingerprint.why }, earlier };
  if (bake.options.skip_create_ami) return { start: { ...none, reason: '"skip_create_ami" is set' }, earlier };
  return runBuilderStep(bake.context, "same-inputs", "Searching for an image with the same inputs", async () => {
    const { clock } = bake.session;
    const began = clock.now();
    let images = earlier;
    let waited: { readonly id: string; readonly report: ReturnType<typeof createProgressReporter> } | undefined;
    for (;;) {
      const start = await startFrom(bake, images.ofBuild, fingerprint, inputs);
      if ("start" in start) return { start: start.start, earlier: images };
      if (waited?.id !== start.held.id) waited = { id: start.held.id, report: announceWait(bake, start.held) };
      waited.report(clock.now() - began);
      await clock.sleep(READ_AGAIN, bake.context.signal);
      images = await readEarlierImages(bake, fingerprint);
    }
  });
}

/** Says which run is waited for. Returns the function that reports the progress. */
function announceWait({ context }: Bake, { id, tags }: LiveBuild): ReturnType<typeof createProgressReporter> {
  const what = id.startsWith("ami-") ? `AMI ${id}` : `instance ${id}`;
  context.narrator.say(`Waiting for ${runText(tags)}, which is baking the same inputs (${what})`);
  return createProgressReporter(context.narrator, `${runText(tags)} to finish its AMI (${what})`);
}

/** What this run waits for: the image of a live run, or its instance while it has no image. */
type LiveBuild = Pick<FoundImage, "id" | "tags">;

/** Returns the starting point; or the image or instance of a live run, for which this run waits. */
async function startFrom(
  bake: Bake,
  ofBuild: readonly FoundImage[],
  fingerprint: KnownFingerprint,
  inputs: Inputs,
): Promise<{ readonly start: StartingPoint } | { readonly held: LiveBuild }> {
  const { narrator, settings } = bake.context;
  const now = bake.session.serverNow();
  const { unfinished, reuse, hasEarlier } = compareEarlierImages(bake, ofBuild, fingerprint, inputs);
  const resumed = await resumeImage(bake, unfinished.resumable);
  if (resumed) return { start: { ...resumed, hasEarlier } };
  const { image, reason } = reuse;
  if (image) {
    narrator.say(`Unchanged since ${image.createdAt}: reusing AMI ${image.id}`);
    return { start: { existing: { kind: "reused", image, finalName: image.name }, reason, hasEarlier } };
  }
  const held = settings.skipUnchanged.enabled
    ? (unfinished.held[0] ?? (await findLiveBuild(bake, fingerprint)))
    : undefined;
  if (held) return { held };
  reportNotResumed(bake, unfinished, now);
  return { start: { existing: undefined, reason: reasonNothingIsKept(bake) ?? reason, hasEarlier } };
}

/** Says why unfinished images with the same inputs are not resumed. */
function reportNotResumed({ context }: Bake, { held, tooOld }: UnfinishedImages, now: number): void {
  const { narrator, settings } = context;
  for (const { id, tags } of held) {
    const until = new Date(leaseEnd(tags, now) ?? now).toISOString();
    narrator.message(`Not resuming AMI ${id}: ${runText(tags)} is baking it (lease until ${until})`);
  }
  for (const { id, tags, createdAt } of tooOld) {
    const age = formatDuration(Math.max(0, now - Date.parse(createdAt)));
    const limit = settings.resumeWithin === 0 ? "resumes none" : `is ${formatDuration(settings.resumeWithin)}`;
    narrator.message(
      `Not resuming AMI ${id}, left unfinished by ${runText(tags)} ${age} ago: "resume-within" ${limit}`,
    );
  }
}
