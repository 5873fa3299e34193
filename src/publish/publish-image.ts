import type { AwsSession, CallScope } from "../aws/client/session.js";
import { describeOwnImages } from "../aws/image.js";
import type { AmiArtifact, ImageInRegion, PublishedParameter } from "../core/artifact.js";
import { BakeError } from "../core/errors.js";
import { type ImageRank, rankOf } from "../core/image-order.js";
import { OWNER, TAG, tagValue } from "../core/ownership.js";
import type { PartContext } from "../core/parts.js";
import { failuresText, inEachRegion, type RegionFailure } from "./each-region.js";
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
  return values.flatMap((published) => published ?? []);
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
  const { artifact, build } = publication;
  const { imageId } = image;
  return {
    name: parameterName(publication.pattern, {
      image: publication.image,
      build,
      region: scope.region,
      arch: artifact.source.architecture,
    }),
    imageId,
    rank: async () => image.rank ?? readRank(scope, imageId),
    tags: { [TAG.owner]: OWNER, [TAG.repository]: tagValue(context.settings.ownership.repository) },
    expected: artifact.hasEarlier ?? false,
  };
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
