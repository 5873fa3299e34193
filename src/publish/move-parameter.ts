import type { CallScope } from "../aws/client/session.js";
import { createProgressReporter } from "../aws/client/wait.js";
import { describeOwnImages } from "../aws/image.js";
import {
  type CurrentParameter,
  IMAGE_TYPE,
  labelParameter,
  type ParameterValue,
  type ParameterVersion,
  putImageParameter,
  readParameter,
  readParameterHistory,
} from "../aws/parameter.js";
import type { ResourceTags } from "../aws/tags.js";
import { BakeError } from "../core/errors.js";
import { compareRanks, type ImageRank, rankOf } from "../core/image-order.js";
import { poll } from "../core/poll.js";

/** Timeout of the validation, which can take minutes (Parameter Store, "native parameter support for AMI IDs"); milliseconds. */
const VALIDATION_LIMIT = 5 * 60_000;

/** Code of the error for that timeout. */
export const NOT_VALIDATED = "parameter-not-validated";

/** Allowed difference between the clocks of EC2 and Parameter Store, in milliseconds. */
const CLOCK_SKEW = 60_000;

/** Attempts to read, put and read back before it reports another writer. */
const ROUNDS = 5;

/** The new value of a parameter in one Region. */
export interface Move {
  readonly name: string;
  readonly imageId: string;
  /** Returns the rank of the image: an older image never replaces a newer one. Called only if the parameter already exists. */
  rank(): Promise<ImageRank>;
  /** Throws when the current value must not be replaced. Called only if the parameter has another value. */
  refuse(value: string): Promise<void>;
  /** Tags for a new parameter. */
  readonly tags: ResourceTags;
  /**
   * Whether the parameter probably exists. If so, it is read first. Otherwise a put that does not overwrite comes first, which saves a
   * call for a new parameter. A wrong guess costs one call.
   */
  readonly expected: boolean;
}

/** The result of a move. `newer`: the parameter has a newer image and was not changed. */
export type MoveOutcome =
  | { readonly outcome: "moved" | "already"; readonly version: number; readonly previous: string | undefined }
  | { readonly outcome: "newer"; readonly version: number; readonly value: string };

/**
 * Sets a parameter to an image and reads it back until value and version match. Parameter Store has no compare-and-swap, so of two
 * writers the one with the newer image wins (`compareRanks`). The image must be available in the Region. A new parameter needs two calls, an existing
 * one three (the first read shows whether it has a newer image), and one that has the image already a single call.
 * Throws a `BakeError` when the value does not become visible, or when labels keep all versions of the parameter.
 */
export async function moveParameter(scope: CallScope, move: Move): Promise<MoveOutcome> {
  let before: CurrentParameter | undefined;
  let refused = false;
  for (let round = 0; round < ROUNDS; round++) {
    if (move.expected || round > 0) {
      before = await readParameter(scope, move.name);
      if (before?.value === move.imageId) return { outcome: "already", version: before.version, previous: undefined };
      if (before) await move.refuse(before.value);
      if (before && (await isNewer(scope, before, move))) {
        return { outcome: "newer", version: before.version, value: before.value };
      }
    }
    const version = await put(scope, move, before, before === undefined && !refused);
    refused = version === undefined;
    if (version === undefined) continue;
    const seen = await readBack(scope, move, version);
    if (seen.value !== move.imageId) continue;
    warnOfTextType(scope, move.name, before?.dataType);
    const overtaken = before && version > before.version + 1 ? await undoOverwrite(scope, move, version) : undefined;
    return overtaken ?? { outcome: "moved", version: seen.version, previous: before?.value };
  }
  throw new BakeError(`Another writer keeps changing the parameter "${move.name}" in ${scope.region}`, {
    code: "parameter-contended",
    region: scope.region,
    hint: "Set a concurrency group on the job, so that only one job at a time publishes the parameter.",
  });
}

/** Puts once and returns the version; undefined if the parameter must be read again. */
async function put(
  scope: CallScope,
  move: Move,
  before: CurrentParameter | undefined,
  first: boolean,
): Promise<number | undefined> {
  const isChanged = async () => (await readParameter(scope, move.name))?.version !== before?.version;
  const how = first
    ? ({ first, tags: move.tags, isChanged } as const)
    : ({ first: false, dataType: before?.dataType, isChanged } as const);
  const result = await putImageParameter(scope, move.name, move.imageId, how);
  switch (result.outcome) {
    case "put":
      return result.version;
    case "full":
      await makeRoom(scope, move.name);
      return undefined;
    default:
      return undefined;
  }
}

/**
 * Warns of a parameter that was created as plain text, for example by Terraform, the CDK or Image Builder. It keeps its data type.
 */
export function warnOfTextType({ narrator, region }: CallScope, name: string, dataType: string | undefined): void {
  if (dataType === undefined || dataType === IMAGE_TYPE) return;
  narrator?.warn({
    code: "parameter-of-text",
    summary: `Parameter "${name}" in ${region} keeps its data type "${dataType}": Parameter Store does not check that its value is an AMI, and does not allow a change to "${IMAGE_TYPE}"`,
    hint: `To have it checked, and to use it with "resolve:ssm" in Auto Scaling, delete the parameter and run the step again, or set another name.`,
  });
}

/** Waits up to `limit` milliseconds until the parameter shows our version or a later one. Throws a `BakeError` on timeout. */
export async function readBack(
  scope: CallScope,
  move: Pick<Move, "name" | "imageId">,
  version: number,
  limit = VALIDATION_LIMIT,
): Promise<ParameterValue> {
  return poll<ParameterValue>({
    clock: scope.session.clock,
    signal: scope.signal,
    // The first read is immediate, because many values are visible at once. Otherwise the validation takes seconds.
    interval: { first: 700, max: 5000 },
    deadline: limit,
    random: scope.session.random,
    probe: async () => {
      const value = await readParameter(scope, move.name);
      return value && value.version >= version ? { state: "done", value } : { state: "waiting" };
    },
    onProgress: createProgressReporter(
      scope.narrator,
      `Parameter Store to validate ${move.imageId} for "${move.name}"`,
    ),
    onDeadline: () =>
      new BakeError(
        `Parameter Store did not accept ${move.imageId} for the parameter "${move.name}" in ${scope.region}`,
        {
          code: NOT_VALIDATED,
          resource: move.imageId,
          region: scope.region,
          hint: "Allow ec2:DescribeImages and ssm:GetParameters. Parameter Store uses the caller's permissions to check that the image exists.",
        },
      ),
  });
}

/**
 * Returns whether a parameter has a newer image than ours. A parameter that was written before our image was created cannot have a newer
 * one, because Parameter Store accepts only existing images. Then no image is read.
 */
async function isNewer(
  scope: CallScope,
  { value, changedAt, dataType }: CurrentParameter,
  move: Move,
): Promise<boolean> {
  const { createdAt } = await move.rank();
  if (dataType === IMAGE_TYPE && changedAt !== undefined && changedAt + CLOCK_SKEW < createdAt) return false;
  return (await rankIfNewer(scope, value, move)) !== undefined;
}

/** Returns the rank of an image if it is newer than ours; undefined also if the image does not exist. */
async function rankIfNewer(scope: CallScope, imageId: string, move: Move): Promise<ImageRank | undefined> {
  if (!imageId.startsWith("ami-")) return undefined;
  const [image] = await describeOwnImages(scope, [{ Name: "image-id", Values: [imageId] }]);
  if (image === undefined) return undefined;
  const theirs = rankOf(image);
  // Two copies of one image have the same rank. The ID decides, so that all writers agree.
  const order = compareRanks(theirs, await move.rank()) || (imageId > move.imageId ? 1 : -1);
  return order > 0 ? theirs : undefined;
}

/**
 * Handles a put of another writer between our read and our put. If its image is newer than ours, it is restored and the outcome is
 * returned; undefined if our image stays.
 */
async function undoOverwrite(scope: CallScope, move: Move, version: number): Promise<MoveOutcome | undefined> {
  const overwritten = await readParameter(scope, `${move.name}:${version - 1}`);
  if (overwritten === undefined || overwritten.value === move.imageId) return undefined;
  const rank = await rankIfNewer(scope, overwritten.value, move);
  if (rank === undefined) return undefined;
  const back = { ...move, imageId: overwritten.value, rank: async () => rank, expected: true };
  const outcome = await moveParameter(scope, back);
  return outcome.outcome === "newer"
    ? outcome
    : { outcome: "newer", version: outcome.version, value: overwritten.value };
}

/** Versions of a parameter that Parameter Store keeps (PutParameter). */
export const MOST_VERSIONS = 100;

/** Code of the error for a parameter whose versions cannot make room for another one. */
export const VERSIONS_FULL = "parameter-versions-full";

/**
 * Throws a `BakeError` when a put would be refused, because the oldest of 100 versions has a label that cannot be moved: the user must
 * decide. Reads the history.
 */
export async function refuseFullParameter(scope: CallScope, name: string): Promise<void> {
  const history = await readParameterHistory(scope, name);
  if (history.length >= MOST_VERSIONS) labelsToMove(scope, name, history);
}

/**
 * Parameter Store keeps 100 versions and deletes the oldest, unless it has a label. This moves such a label to a newer version with the
 * same value. Throws a `BakeError` if there is none: the label is in use, and the user must decide.
 */
export async function makeRoom(scope: CallScope, name: string): Promise<void> {
  const { labels, version } = labelsToMove(scope, name, await readParameterHistory(scope, name));
  for (const label of labels) await labelParameter(scope, name, version, label);
}

/** Returns the labels of the oldest version, and the version that they are moved to. */
function labelsToMove(
  { region }: CallScope,
  name: string,
  [oldest, ...newer]: readonly ParameterVersion[],
): { readonly labels: readonly string[]; readonly version: number } {
  const twin = newer.findLast(({ value }) => value === oldest?.value);
  const [label] = oldest?.labels ?? [];
  if (oldest === undefined || label === undefined || twin)
    return { labels: oldest?.labels ?? [], version: twin?.version ?? 0 };
  throw new BakeError(
    `Parameter "${name}" has 100 versions, and the label "${label}" keeps the oldest one in ${region}`,
    {
      code: VERSIONS_FULL,
      resource: `${name}:${oldest.version}`,
      region,
      hint: `Move the label to a newer version: aws ssm label-parameter-version --name ${name} --labels ${label} --parameter-version N`,
    },
  );
}
