import type { AwsSession, CallScope } from "../aws/client/session.js";
import { ownImages } from "../aws/image.js";
import type { AmiArtifact, ImageInRegion } from "../core/artifact.js";
import { BakeError, messageOf } from "../core/errors.js";
import { OWNER, TAG, tagValue } from "../core/ownership.js";
import type { BuildIdentity, PartContext } from "../core/parts.js";
import { moveParameter } from "./move-parameter.js";
import { parameterName } from "./parameter-name.js";

/** A parameter that now names the image of its region. */
export interface MovedParameter {
  readonly region: string;
  readonly name: string;
  readonly imageId: string;
  readonly version: number;
  /** The image that it named before, where it was moved from another. */
  readonly previous?: string | undefined;
}

/** What is published, and under which names. */
export interface Publication {
  /** E.g. `/images/{image}/latest`. */
  readonly pattern: string;
  /** `{image}` in the pattern. */
  readonly image: string;
}

/**
 * Moves the parameter of every region of an artifact to its image there, side by side. A region that fails does not keep the
 * others: the error thrown at the end names all that failed.
 */
export async function publishImage(
  artifact: AmiArtifact,
  publication: Publication,
  identity: BuildIdentity,
  context: PartContext,
  openSession: (region: string) => AwsSession,
): Promise<readonly MovedParameter[]> {
  const moved = await Promise.allSettled(
    artifact.images.map((image) => publishOne(image, artifact, publication, identity, context, openSession)),
  );
  const failures = moved.flatMap((result, index) =>
    result.status === "rejected" ? [{ region: artifact.images[index]?.region, reason: result.reason }] : [],
  );
  if (failures.length > 0) throw notMoved(publication.pattern, failures);
  return moved.flatMap((result) => (result.status === "fulfilled" && result.value ? [result.value] : []));
}

interface Failure {
  readonly region: string | undefined;
  readonly reason: unknown;
}

/** What to do about each of the failures, and then about all of them. */
function notMoved(pattern: string, failures: readonly Failure[]): BakeError {
  const said = failures.map(({ region, reason }) => `${region}: ${messageOf(reason)}`);
  const hints = failures.flatMap(({ reason }) => (reason instanceof BakeError && reason.hint ? [reason.hint] : []));
  return new BakeError(`the parameter ${pattern} could not be moved or read back in ${said.join("; ")}`, {
    code: "parameter-not-moved",
    hint: [...new Set(hints), "The images are there: run the bake again to move what is missing."].join("\n"),
  });
}

async function publishOne(
  image: ImageInRegion,
  artifact: AmiArtifact,
  publication: Publication,
  identity: BuildIdentity,
  context: PartContext,
  openSession: (region: string) => AwsSession,
): Promise<MovedParameter | undefined> {
  const { region, imageId } = image;
  const session = openSession(region);
  const scope: CallScope = { session, region, signal: context.signal, narrator: context.narrator };
  const name = parameterName(publication.pattern, {
    image: publication.image,
    build: identity.sourceName,
    region,
    arch: artifact.source.architecture,
  });
  try {
    const imageCreatedAt = async () => image.createdAt ?? createdAt(scope, imageId);
    const tags = { [TAG.owner]: OWNER, [TAG.repository]: tagValue(context.settings.ownership.repository) };
    const result = await moveParameter(scope, {
      name,
      imageId,
      imageCreatedAt,
      tags,
      expected: artifact.hasEarlier ?? false,
    });
    if (result.outcome === "newer") {
      context.narrator.warn({
        code: "parameter-newer",
        summary: `the parameter ${name} in ${region} names ${result.value}, which is newer than ${imageId}: left alone`,
      });
      return undefined;
    }
    context.narrator.message(`Parameter ${name} in ${region}: ${imageId} (version ${result.version})`);
    context.narrator.emit({ type: "parameter-published", region, parameter: name, imageId, version: result.version });
    const { version, previous } = result;
    return { region, name, imageId, version, previous };
  } finally {
    session.close();
  }
}

async function createdAt(scope: CallScope, imageId: string): Promise<string> {
  const [image] = await ownImages(scope, [{ Name: "image-id", Values: [imageId] }]);
  return image?.createdAt ?? new Date(scope.session.clock.now()).toISOString();
}
