import { ownImages } from "../aws/image.js";
import type { CallScope } from "../aws/scope.js";
import type { AwsSession } from "../aws/session.js";
import type { AmiArtifact, ImageInRegion } from "../core/artifact.js";
import { BakeError, messageOf } from "../core/errors.js";
import { OWNER, TAG, tagValue } from "../core/ownership.js";
import type { BuildIdentity, PartContext } from "../core/run.js";
import { moveParameter } from "./move-parameter.js";
import { parameterName } from "./parameter-name.js";

/** A parameter that now names the image of its region. */
export interface MovedParameter {
  readonly region: string;
  readonly name: string;
  readonly imageId: string;
  readonly version: number;
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
    result.status === "rejected" ? [`${artifact.images[index]?.region}: ${messageOf(result.reason)}`] : [],
  );
  if (failures.length > 0) {
    throw new BakeError(`the parameter could not be moved in ${failures.join("; ")}`, {
      code: "parameter-not-moved",
      blame: "cloud",
      hint: "The images are there: run the bake again, or promote, to move what is missing.",
    });
  }
  return moved.flatMap((result) => (result.status === "fulfilled" && result.value ? [result.value] : []));
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
    const imageCreatedAt = async () => artifact.createdAt ?? createdAt(scope, imageId);
    const tags = { [TAG.owner]: OWNER, [TAG.repository]: tagValue(context.settings.ownership.repository) };
    const result = await moveParameter(scope, { name, imageId, imageCreatedAt, tags });
    if (result.outcome === "newer") {
      context.narrator.warn({
        code: "parameter-newer",
        summary: `the parameter ${name} in ${region} names ${result.value}, which is newer than ${imageId}: left alone`,
      });
      return undefined;
    }
    context.narrator.message(`Parameter ${name} in ${region}: ${imageId} (version ${result.version})`);
    context.narrator.emit({ type: "parameter-published", region, parameter: name, imageId, version: result.version });
    return { region, name, imageId, version: result.version };
  } finally {
    session.close();
  }
}

async function createdAt(scope: CallScope, imageId: string): Promise<string> {
  const [image] = await ownImages(scope, [{ Name: "image-id", Values: [imageId] }]);
  return image?.createdAt ?? new Date(scope.session.clock.now()).toISOString();
}
