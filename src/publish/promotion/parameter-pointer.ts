import type { CallScope } from "../../aws/client/session.js";
import {
  type CurrentParameter,
  deleteParameter,
  type ParameterValue,
  type ParameterVersion,
  putImageParameter,
  readParameter,
  readParameterHistory,
} from "../../aws/parameter.js";
import type { ResourceTags } from "../../aws/tags.js";
import { BakeError } from "../../core/errors.js";
import { MOST_VERSIONS, makeRoom, NOT_VALIDATED, readBack, warnOfTextType } from "../move-parameter.js";
import { type MoveKind, noteText } from "./history.js";
import { beforeOf, change, type Pointer, stateText } from "./pointer.js";

/** Maximum number of puts while Parameter Store validates an earlier one. */
const TRIES = 150;

/** How long the result of a first put is searched for after its response was lost, in milliseconds. */
const UNTIL_SEEN = 30_000;

/** The kind and the author of a move. */
export interface Mover {
  readonly kind: MoveKind;
  readonly by: string;
  /** Tags for a new parameter. */
  readonly tags: ResourceTags;
}

/** A put; its version is unknown if the response was lost. */
interface Written {
  readonly imageId: string;
  readonly version: number | undefined;
}

/** Returns the pointer for a parameter: its newest version has the image. */
export function parameterPointer(name: string, history: readonly ParameterVersion[], mover: Mover): Pointer {
  const before = history.at(-1);
  let written: Written | undefined;
  /** The value of another writer, put between our read and our put. */
  let overwritten: string | undefined;
  return {
    name,
    imageId: before?.value,
    before: beforeOf(before),
    state: async (scope) => stateText(await readParameter(scope, name)),
    obstacles: (imageId) => (before?.value === imageId ? [] : fullOfLabels(name, history)),
    async move(scope, imageId) {
      if (before?.value === imageId) return { moved: false, version: before.version };
      const version = await change(
        () => put(scope, { name, imageId, from: before?.value, dataType: before?.dataType }, mover),
        (response) => {
          written = { imageId, version: response };
        },
      );
      return { moved: true, version };
    },
    async check(scope, imageId) {
      const version = written?.version ?? before?.version ?? 1;
      const seen = await readBack(scope, { name, imageId }, version);
      if (seen.value !== imageId) throw contended(scope, name, seen.value);
      if (version <= (before?.version ?? 0) + 1) return;
      overwritten = (await readParameterHistory(scope, name)).findLast(
        (each) => each.version > (before?.version ?? 0) && each.version < version && each.value !== imageId,
      )?.value;
      if (overwritten !== undefined) throw contended(scope, name, overwritten);
    },
    async restore(scope) {
      if (written === undefined) return undefined;
      const now = await ownPutDone(scope, name, written, before);
      if (now !== undefined && now.value !== written.imageId) {
        if (now.value !== before?.value) return others(name, now.value);
        if (written.version !== undefined) return undefined;
      }
      if (now === undefined && before === undefined) return undefined;
      const back = overwritten ?? before?.value;
      if (back === undefined) {
        await deleteParameter(scope, name);
        return undefined;
      }
      const order = { name, imageId: back, from: written.imageId, dataType: before?.dataType };
      await readBack(scope, order, await put(scope, order, { ...mover, kind: "restore" }));
      return overwritten === undefined ? undefined : others(name, overwritten);
    },
  };
}

/**
 * Returns the parameter after our put is validated. If we restored it earlier, the pending put would overwrite the restored value. A put
 * over an earlier value whose response was lost needs no wait, because the next put waits for it.
 */
async function ownPutDone(
  scope: CallScope,
  name: string,
  { imageId, version }: Written,
  before: ParameterVersion | undefined,
): Promise<ParameterValue | CurrentParameter | undefined> {
  if (version === undefined && before !== undefined) return readParameter(scope, name);
  try {
    return await readBack(scope, { name, imageId }, version ?? 1, version === undefined ? UNTIL_SEEN : undefined);
  } catch (error) {
    if (error instanceof BakeError && error.code === NOT_VALIDATED) return readParameter(scope, name);
    throw error;
  }
}

/** A label on the oldest of 100 versions blocks new versions, unless the label can move to a newer version with the same value. */
function fullOfLabels(name: string, history: readonly ParameterVersion[]): readonly string[] {
  const [oldest] = history;
  if (oldest === undefined || history.length < MOST_VERSIONS || oldest.labels.length === 0) return [];
  if (history.slice(1).some((version) => version.value === oldest.value)) return [];
  return [
    `parameter "${name}" has ${MOST_VERSIONS} versions, and the label "${oldest.labels[0]}" keeps the oldest one: move the label to a newer version`,
  ];
}

interface PutOrder {
  readonly name: string;
  readonly imageId: string;
  readonly from: string | undefined;
  /** The data type of the parameter; undefined if it does not exist yet. */
  readonly dataType: string | undefined;
}

/** Puts the value and returns its version. Waits while Parameter Store validates an earlier put. */
async function put(scope: CallScope, order: PutOrder, mover: Mover): Promise<number> {
  const { name, imageId, from } = order;
  const description = noteText({ kind: mover.kind, from, to: imageId, by: mover.by });
  let first = from === undefined;
  let { dataType } = order;
  for (let tries = 0; tries < TRIES; tries++) {
    const mode = first
      ? ({ first, tags: mover.tags, description } as const)
      : ({ first: false, dataType, description } as const);
    const result = await putImageParameter(scope, name, imageId, mode);
    if (result.outcome === "put") {
      warnOfTextType(scope, name, dataType);
      return result.version;
    }
    if (result.outcome === "full") await makeRoom(scope, name);
    else if (result.outcome === "exists") {
      first = false;
      dataType = (await readParameter(scope, name))?.dataType;
    }
  }
  throw contended(scope, name, "something else");
}

/** Returns the message without a value that is not an image id, because it can be a secret. */
function others(name: string, value: string): string {
  return `Another writer set "${name}" to ${value.startsWith("ami-") ? value : "something else"} at the same time`;
}

function contended(scope: CallScope, name: string, value: string): BakeError {
  return new BakeError(others(name, value), {
    code: "parameter-contended",
    region: scope.region,
    hint: "Set a concurrency group on the job, so that only one job at a time promotes it.",
  });
}
