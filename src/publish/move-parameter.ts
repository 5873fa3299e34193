import type { CallScope } from "../aws/client/session.js";
import { progressReporter } from "../aws/client/wait.js";
import { ownImages } from "../aws/image.js";
import {
  type CurrentParameter,
  IMAGE_TYPE,
  labelParameter,
  type ParameterValue,
  parameterHistory,
  putImageParameter,
  readParameter,
} from "../aws/parameter.js";
import type { ResourceTags } from "../aws/tags.js";
import { BakeError } from "../core/errors.js";
import { poll } from "../core/poll.js";

/** Validation takes up to minutes (Parameter Store, "native parameter support for AMI ids"); milliseconds. */
const VALIDATION_LIMIT = 5 * 60_000;

/** Code of the error for it. */
export const NOT_VALIDATED = "parameter-not-validated";

/** EC2's clock and Parameter Store's are taken to agree to this, in milliseconds. */
const CLOCK_SKEW = 60_000;

/** Rounds of read, put, read again before another writer is assumed. */
const ROUNDS = 5;

/** Where a parameter is to point, in one region. */
export interface Move {
  readonly name: string;
  readonly imageId: string;
  /** RFC 3339; an older image never takes the place of a newer one. Asked for only where the parameter exists already. */
  imageCreatedAt(): Promise<string>;
  /** On a parameter that does not exist yet. */
  readonly tags: ResourceTags;
  /**
   * Whether the parameter is likely to exist: then it is read first. Otherwise a put that overwrites nothing comes first, which for
   * a new parameter saves a call. A wrong guess costs a call and nothing else.
   */
  readonly expected: boolean;
}

/** What became of a move; `newer`: the parameter names a newer image already and was left alone. */
export type MoveOutcome =
  | { readonly outcome: "moved" | "already"; readonly version: number; readonly previous: string | undefined }
  | { readonly outcome: "newer"; readonly version: number; readonly value: string };

/**
 * Points a parameter at an image and reads it back until value and version agree (there is no compare-and-swap: two writers
 * are distinguished by the age of their images). The image must be available in the region. A new parameter takes two calls, one that
 * exists three (only a read can show that it names no newer image), and one that names the image already a single one.
 * Throws a `BakeError` when it does not become visible or the parameter is full of labels.
 */
export async function moveParameter(scope: CallScope, move: Move): Promise<MoveOutcome> {
  let before: CurrentParameter | undefined;
  let refused = false;
  for (let round = 0; round < ROUNDS; round++) {
    if (move.expected || round > 0) {
      before = await readParameter(scope, move.name);
      if (before?.value === move.imageId) return { outcome: "already", version: before.version, previous: undefined };
      if (before && (await isNewer(scope, before, move))) {
        return { outcome: "newer", version: before.version, value: before.value };
      }
    }
    const version = await put(scope, move, before === undefined && !refused);
    refused = version === undefined;
    if (version === undefined) continue;
    const seen = await readBack(scope, move, version);
    if (seen.value !== move.imageId) continue;
    const overtaken = before && version > before.version + 1 ? await undoOverwrite(scope, move, version) : undefined;
    return overtaken ?? { outcome: "moved", version: seen.version, previous: before?.value };
  }
  throw new BakeError(`another writer keeps changing the parameter ${move.name}`, {
    code: "parameter-contended",
    region: scope.region,
    hint: "Let only one job at a time publish it: give the job a concurrency group.",
  });
}

/** Puts once; undefined when it has to be read again. */
async function put(scope: CallScope, move: Move, first: boolean): Promise<number | undefined> {
  const how = first ? ({ first, tags: move.tags } as const) : ({ first: false } as const);
  const result = await putImageParameter(scope, move.name, move.imageId, how);
  switch (result.outcome) {
    case "put":
      return result.version;
    case "busy":
      await scope.session.clock.sleep(2000, scope.signal);
      return undefined;
    case "full":
      await makeRoom(scope, move.name);
      return undefined;
    default:
      return undefined;
  }
}

/** Waits, for `limit` milliseconds, until the parameter shows our version or a later one. Throws a `BakeError` when it does not. */
export async function readBack(
  scope: CallScope,
  move: Pick<Move, "name" | "imageId">,
  version: number,
  limit = VALIDATION_LIMIT,
): Promise<ParameterValue> {
  return poll<ParameterValue>({
    clock: scope.session.clock,
    signal: scope.signal,
    // At once, as many a value is there already; then Parameter Store is looking at the image, which takes seconds.
    interval: { first: 700, max: 5000 },
    deadline: limit,
    random: scope.session.random,
    probe: async () => {
      const value = await readParameter(scope, move.name);
      return value && value.version >= version ? { state: "done", value } : { state: "waiting" };
    },
    onProgress: progressReporter(scope.narrator, `the parameter ${move.name} to take ${move.imageId}`),
    onDeadline: () =>
      new BakeError(`the parameter ${move.name} did not take ${move.imageId}`, {
        code: NOT_VALIDATED,
        resource: move.imageId,
        region: scope.region,
        hint: "Parameter Store checks that the image exists in the region: the caller needs ec2:DescribeImages and ssm:GetParameters.",
      }),
  });
}

/**
 * Whether a parameter names a newer image than ours. One that was written before our image was made needs no read of its image:
 * Parameter Store took it only because the image was there already.
 */
async function isNewer(
  scope: CallScope,
  { value, changedAt, dataType }: CurrentParameter,
  move: Move,
): Promise<boolean> {
  const ours = Date.parse(await move.imageCreatedAt());
  if (dataType === IMAGE_TYPE && changedAt !== undefined && changedAt + CLOCK_SKEW < ours) return false;
  return (await whenNewer(scope, value, move)) !== undefined;
}

/** When the image that a parameter names was created, if that is after ours; undefined as well for one that is gone. */
async function whenNewer(scope: CallScope, imageId: string, move: Move): Promise<string | undefined> {
  const ours = await move.imageCreatedAt();
  if (!imageId.startsWith("ami-")) return undefined;
  const [image] = await ownImages(scope, [{ Name: "image-id", Values: [imageId] }]);
  return image !== undefined && Date.parse(image.createdAt) > Date.parse(ours) ? image.createdAt : undefined;
}

/**
 * Another writer came between our read and our put. Where its image is newer than ours, the parameter is put back to it; undefined
 * where ours stays.
 */
async function undoOverwrite(scope: CallScope, move: Move, version: number): Promise<MoveOutcome | undefined> {
  const overwritten = await readParameter(scope, `${move.name}:${version - 1}`);
  if (overwritten === undefined || overwritten.value === move.imageId) return undefined;
  const createdAt = await whenNewer(scope, overwritten.value, move);
  if (createdAt === undefined) return undefined;
  const back = { ...move, imageId: overwritten.value, imageCreatedAt: async () => createdAt, expected: true };
  const outcome = await moveParameter(scope, back);
  return outcome.outcome === "newer"
    ? outcome
    : { outcome: "newer", version: outcome.version, value: overwritten.value };
}

/**
 * At 100 versions the oldest is dropped, unless it carries a label. A label whose value a younger version has too is moved
 * there; otherwise somebody still uses that version, and a person must decide.
 */
export async function makeRoom(scope: CallScope, name: string): Promise<void> {
  const history = await parameterHistory(scope, name);
  const oldest = history[0];
  if (!oldest) return;
  const twin = history.slice(1).findLast((version) => version.value === oldest.value);
  for (const label of oldest.labels) {
    if (!twin) {
      throw new BakeError(`the parameter ${name} has 100 versions, and the oldest is held by the label "${label}"`, {
        code: "parameter-versions-full",
        resource: `${name}:${oldest.version}`,
        region: scope.region,
        hint: `Move the label to a younger version: aws ssm label-parameter-version --name ${name} --labels ${label} --parameter-version N`,
      });
    }
    await labelParameter(scope, name, twin.version, label);
  }
}
