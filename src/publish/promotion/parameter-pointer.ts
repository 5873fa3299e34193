import { deleteParameter, type ParameterVersion, putImageParameter, readParameter } from "../../aws/parameter.js";
import type { CallScope } from "../../aws/scope.js";
import type { Tags } from "../../aws/tags.js";
import { BakeError } from "../../core/errors.js";
import { makeRoom, readBack } from "../move-parameter.js";
import { type MoveKind, noteText } from "./note.js";
import type { Pointer } from "./pointer.js";

/** Versions that Parameter Store keeps; the oldest goes, unless it bears a label. */
const MOST_VERSIONS = 100;

/** Tries at a put that finds another one still being validated. */
const TRIES = 150;

/** Whose move it is. */
export interface Mover {
  readonly kind: MoveKind;
  readonly by: string;
  /** On a parameter that does not exist yet. */
  readonly tags: Tags;
}

/** The parameter itself: its newest version names the image. */
export function parameterPointer(name: string, history: readonly ParameterVersion[], mover: Mover): Pointer {
  const before = history.at(-1);
  let target: string | undefined;
  return {
    name,
    imageId: before?.value,
    obstacles: (imageId) => (before?.value === imageId ? [] : fullOfLabels(name, history)),
    async move(scope, imageId) {
      if (before?.value === imageId) return { moved: false, version: before.version };
      target = imageId;
      const version = await put(scope, { name, imageId, from: before?.value }, mover);
      const seen = await readBack(scope, { name, imageId }, version);
      if (seen.value !== imageId) throw moved(scope, name, seen.value);
      return { moved: true, version: seen.version };
    },
    async restore(scope) {
      const now = await readParameter(scope, name);
      if (target === undefined || now?.value !== target) return;
      if (before === undefined) return deleteParameter(scope, name);
      const order = { name, imageId: before.value, from: target };
      const version = await put(scope, order, { ...mover, kind: "restore" });
      await readBack(scope, order, version);
    },
  };
}

/** A label on the oldest of 100 versions keeps it, and with it any further one, unless a younger version has the same value. */
function fullOfLabels(name: string, history: readonly ParameterVersion[]): readonly string[] {
  const [oldest] = history;
  if (oldest === undefined || history.length < MOST_VERSIONS || oldest.labels.length === 0) return [];
  if (history.slice(1).some((version) => version.value === oldest.value)) return [];
  return [
    `the parameter ${name} has ${MOST_VERSIONS} versions, and the oldest is held by the label "${oldest.labels[0]}": move that to a younger version`,
  ];
}

interface PutOrder {
  readonly name: string;
  readonly imageId: string;
  readonly from: string | undefined;
}

/** Puts the value, and answers its version; waits while an earlier put is being validated. */
async function put(scope: CallScope, { name, imageId, from }: PutOrder, mover: Mover): Promise<number> {
  const description = noteText({ kind: mover.kind, from, to: imageId, by: mover.by });
  let first = from === undefined;
  for (let tries = 0; tries < TRIES; tries++) {
    const mode = first ? ({ first, tags: mover.tags, description } as const) : ({ first: false, description } as const);
    const result = await putImageParameter(scope, name, imageId, mode);
    if (result.outcome === "put") return result.version;
    if (result.outcome === "full") await makeRoom(scope, name);
    else if (result.outcome === "exists") first = false;
    else await scope.session.clock.sleep(2000, scope.signal);
  }
  throw moved(scope, name, "something else");
}

function moved(scope: CallScope, name: string, value: string): BakeError {
  return new BakeError(`another writer set ${name} to ${value} at the same time`, {
    code: "parameter-contended",
    blame: "user",
    region: scope.region,
    hint: "Let only one job at a time promote it: give the job a concurrency group.",
  });
}
