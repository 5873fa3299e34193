import type { CallScope } from "../../aws/client/session.js";
import {
  type CurrentParameter,
  labelParameter,
  type ParameterVersion,
  readParameter,
  unlabelParameter,
} from "../../aws/parameter.js";
import { BakeError } from "../../core/errors.js";
import type { MoveKind } from "./history.js";
import { beforeOf, change, type Pointer, stateText } from "./pointer.js";

/** Labels that a version may have (LabelParameterVersion). */
const MOST_LABELS = 10;

/** Parameter Store keeps no history of labels: a second label stays behind, and is where a rollback goes. */
export function previousLabel(label: string): string {
  return `${label}-previous`;
}

/** The version that a label names; undefined where it names none. */
export function labelled(history: readonly ParameterVersion[], label: string): ParameterVersion | undefined {
  return history.find((version) => version.labels.includes(label));
}

/** What is wrong with a label's name, if anything (LabelParameterVersion). */
export function labelComplaint(label: string): string | undefined {
  if (!/^[A-Za-z_.-][\w.-]*$/.test(label) || /^(aws|ssm)/i.test(label)) {
    return `"${label}" is no label: it has letters, digits and . - _, and begins with none of a digit, aws and ssm`;
  }
  const most = 100 - previousLabel("").length;
  return label.length > most ? `the label "${label}" has more than ${most} characters` : undefined;
}

/**
 * A label on a parameter. It can be moved only to a version that names the image already. A promotion leaves the second label where
 * the first was; a rollback leaves it alone, so that it does not go forward again when it is repeated.
 */
export function labelPointer(
  name: string,
  label: string,
  history: readonly ParameterVersion[],
  kind: MoveKind,
): Pointer {
  const before = labelled(history, label);
  const beforePrevious = labelled(history, previousLabel(label));
  const versionOf = (imageId: string) => history.findLast((version) => version.value === imageId);
  let target: ParameterVersion | undefined;
  /** Another mover set the label between our read and our move. */
  let overtaken: CurrentParameter | undefined;
  const changed = { label: false, previous: false };
  const set = (scope: CallScope, version: ParameterVersion, which: keyof typeof changed) =>
    change(
      () => labelParameter(scope, name, version.version, which === "label" ? label : previousLabel(label)),
      () => {
        changed[which] = true;
      },
    );
  return {
    name: `${name}:${label}`,
    imageId: before?.value,
    before: beforeOf(before),
    state: async (scope) => stateText(await readParameter(scope, `${name}:${label}`)),
    obstacles(imageId) {
      const version = versionOf(imageId);
      if (!version)
        return [`no version of ${name} names ${imageId}: publish it there first, or promote without a label`];
      return [...tooMany(version, label), ...(before ? tooMany(before, previousLabel(label)) : [])];
    },
    async move(scope, imageId) {
      const version = versionOf(imageId);
      if (before?.value === imageId) return { moved: false, version: before.version };
      if (!version) throw new BakeError(`no version of ${name} names ${imageId}`, { code: "no-version" });
      // There is no history of labels: what another set meanwhile could not be put back.
      const now = await labelSeen(scope, `${name}:${label}`, (seen) => seen?.version === before?.version);
      if (now?.version !== before?.version) {
        overtaken = now;
        throw contended(scope, `${name}:${label}`, now);
      }
      target = version;
      if (before && kind === "promote") await set(scope, before, "previous");
      await set(scope, version, "label");
      return { moved: true, version: version.version };
    },
    async check(scope, imageId) {
      const seen = await labelSeen(scope, `${name}:${label}`, (now) => now?.value === imageId);
      if (seen?.value !== imageId) throw contended(scope, `${name}:${label}`, seen);
    },
    async restore(scope) {
      if (overtaken) return others(`${name}:${label}`, overtaken);
      if (target === undefined || !(changed.label || changed.previous)) return undefined;
      const now = await readParameter(scope, `${name}:${label}`);
      if (now && now.version !== target.version && now.version !== before?.version) {
        return others(`${name}:${label}`, now);
      }
      if (changed.label) await putBack(scope, { name, label }, before, target);
      if (before && changed.previous)
        await putBack(scope, { name, label: previousLabel(label) }, beforePrevious, before);
      return undefined;
    },
  };
}

/** Reads are tried so often, with this time in milliseconds between them, before another mover is blamed: they may lag behind. */
const READS = { most: 3, apart: 500 };

/** What a label names, read until it is as expected or was read often enough. */
async function labelSeen(
  scope: CallScope,
  pointer: string,
  isExpected: (now: CurrentParameter | undefined) => boolean,
): Promise<CurrentParameter | undefined> {
  let now = await readParameter(scope, pointer);
  for (let reads = 1; reads < READS.most && !isExpected(now); reads++) {
    await scope.session.clock.sleep(READS.apart, scope.signal);
    now = await readParameter(scope, pointer);
  }
  return now;
}

/** Sets a label on the version that had it; where none had, takes it off the one that has it now. */
async function putBack(
  scope: CallScope,
  { name, label }: { readonly name: string; readonly label: string },
  had: ParameterVersion | undefined,
  has: ParameterVersion,
): Promise<void> {
  if (had) await labelParameter(scope, name, had.version, label);
  else await unlabelParameter(scope, name, has.version, label);
}

function tooMany(version: ParameterVersion, label: string): readonly string[] {
  if (version.labels.includes(label) || version.labels.length < MOST_LABELS) return [];
  return [
    `version ${version.version} has ${MOST_LABELS} labels already, and "${label}" would be one more: take one off`,
  ];
}

function others(name: string, now: CurrentParameter | undefined): string {
  return now
    ? `another writer set ${name} to version ${now.version} at the same time`
    : `another writer took ${name} away`;
}

function contended(scope: CallScope, name: string, now: CurrentParameter | undefined): BakeError {
  return new BakeError(others(name, now), {
    code: "label-contended",
    region: scope.region,
    hint: "Let only one job at a time promote it: give the job a concurrency group.",
  });
}
