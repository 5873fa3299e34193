import type { AwsSession, CallScope } from "../aws/client/session.js";
import { describeOwnImages } from "../aws/image.js";
import { readParameter } from "../aws/parameter.js";
import type { AmiArtifact, ImageInRegion, PublishedParameter } from "../core/artifact.js";
import { throwIfAborted } from "../core/clock.js";
import { BakeError, messageOf } from "../core/errors.js";
import { type ImageRank, rankOf } from "../core/image-order.js";
import type { ImageSeries } from "../core/image-series.js";
import { OWNER, TAG, tagValue } from "../core/ownership.js";
import type { PartContext } from "../core/parts.js";
import { setting } from "../core/setting.js";
import { failuresText, inEachRegion, type RegionFailure } from "./each-region.js";
import { refuseForeignImage } from "./foreign-parameter.js";
import { type Move, moveParameter } from "./move-parameter.js";
import { parameterName } from "./parameter-name.js";

/** The images to publish, and the names of the parameters. */
export interface Publication {
  readonly artifact: AmiArtifact;
  /** E.g. `/images/{image}/latest`. */
  readonly pattern: string;
  /** `{image}` in the pattern. */
  readonly image: string;
  /** `{build}` in the pattern. */
  readonly build: string;
  /** The series of the images; undefined replaces images of every series. */
  readonly series: ImageSeries | undefined;
  /** What the parameters name and what was checked before, by Region. */
  readonly checked: ReadonlyMap<string, string>;
  /** The default image name of earlier versions, if it was another one. */
  readonly formerImage: string | undefined;
}

/**
 * Sets the parameter of each Region of an artifact to its image there, in parallel. Returns the parameters that now have the image. A
 * failure in one Region does not stop the others. Throws a `BakeError` that lists all failed Regions.
 */
export async function publishImage(
  publication: Publication,
  context: PartContext,
  openSession: (region: string) => AwsSession,
): Promise<readonly PublishedParameter[]> {
  const { values, failed } = await inEachRegion(publication.artifact.images, async (image) => {
    const { region } = image;
    const session = openSession(region);
    const scope: CallScope = { session, region, signal: context.signal, narrator: context.narrator };
    try {
      return await publishOne(scope, moveOf(image, publication, scope, context), context);
    } finally {
      session.close();
    }
  });
  if (failed.length > 0) throw notMoved(publication.pattern, failed);
  const published = values.flatMap((each) => each ?? []);
  await warnOfFormerParameter(publication, published, context, openSession);
  return published;
}

/**
 * Warns if a parameter was created although one of the former default image name exists: that one is not written any more. One call, only
 * where a parameter is new.
 */
async function warnOfFormerParameter(
  publication: Publication,
  published: readonly PublishedParameter[],
  { narrator, signal }: PartContext,
  openSession: (region: string) => AwsSession,
): Promise<void> {
  const { formerImage, image } = publication;
  const created = published.find(({ version }) => version === 1);
  if (formerImage === undefined || created === undefined) return;
  const { region, name } = created;
  const former = nameOf({ ...publication, image: formerImage }, region);
  if (former === name) return;
  const session = openSession(region);
  try {
    const found = await readParameter({ session, region, signal, narrator }, former);
    if (found === undefined) return;
    narrator.warn({
      code: "default-image-renamed",
      summary: `Parameter "${former}" in ${region} is no longer written: the default image name of this template is now "${image}", before it was "${formerImage}"`,
      hint: `Set ${setting("image")} to "${formerImage}" to keep the old parameter, or read "${name}" from now on.`,
    });
  } catch (error) {
    throwIfAborted(signal);
    narrator.message(`Could not read the parameter ${former}: ${messageOf(error)}`);
  } finally {
    session.close();
  }
}

/** Returns the error with the hints of all failures. */
function notMoved(pattern: string, failures: readonly RegionFailure[]): BakeError {
  const hints = failures.flatMap(({ reason }) => (reason instanceof BakeError && reason.hint ? [reason.hint] : []));
  return new BakeError(`Could not set the parameter "${pattern}": ${failuresText(failures)}`, {
    code: "parameter-not-moved",
    hint: [...new Set(hints), "Run the bake again to set the remaining parameters. The AMIs exist."].join("\n"),
  });
}

function moveOf(image: ImageInRegion, publication: Publication, scope: CallScope, context: PartContext): Move {
  const { artifact, series, checked } = publication;
  const { imageId } = image;
  const { region } = scope;
  const name = nameOf(publication, region);
  return {
    name,
    imageId,
    refuse: async (value) => {
      if (series && checked.get(region) !== value) await refuseForeignImage(scope, { name, region }, value, series);
    },
    rank: async () => image.rank ?? readRank(scope, imageId),
    tags: { [TAG.owner]: OWNER, [TAG.repository]: tagValue(context.settings.ownership.repository) },
    expected: checked.has(region) || (artifact.hasEarlier ?? false),
  };
}

function nameOf({ artifact, pattern, image, build }: Publication, region: string): string {
  return parameterName(pattern, { image, build, region, arch: artifact.source.architecture });
}

async function publishOne(
  scope: CallScope,
  move: Move,
  { narrator }: PartContext,
): Promise<PublishedParameter | undefined> {
  const { region } = scope;
  const { name, imageId } = move;
  const result = await moveParameter(scope, move);
  if (result.outcome === "newer") {
    narrator.warn({
      code: "parameter-newer",
      summary: `Parameter "${name}" in ${region} was not changed: its image ${result.value} is newer than ${imageId}`,
    });
    return undefined;
  }
  const { version, previous } = result;
  narrator.message(`Parameter ${name} in ${region}: ${imageId} (version ${version})`);
  narrator.emit({ type: "parameter-published", region, parameter: name, imageId, version });
  return { region, name, imageId, version, previous };
}

async function readRank(scope: CallScope, imageId: string): Promise<ImageRank> {
  const [image] = await describeOwnImages(scope, [{ Name: "image-id", Values: [imageId] }]);
  return image ? rankOf(image) : { createdAt: scope.session.serverNow(), id: imageId };
}
