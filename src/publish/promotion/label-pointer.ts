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

/** Maximum number of labels of a version (LabelParameterVersion). */
const MOST_LABELS = 10;

/** Returns the label for the earlier version. Parameter Store keeps no history of labels, so a rollback goes to this second label. */
export function previousLabel(label: string): string {
  return `${label}-previous`;
}

/** Returns the version with the label; undefined if there is none. */
export function labelled(history: readonly ParameterVersion[], label: string): ParameterVersion | undefined {
  return history.find((version) => version.labels.includes(label));
}

/** Returns the error for an invalid label; undefined for a valid one (LabelParameterVersion). */
export function labelComplaint(label: string): string | undefined {
  if (!/^[A-Za-z_.-][\w.-]*$/.test(label) || /^(aws|ssm)/i.test(label)) {
    return `Label "${label}" is invalid: use letters, digits and . - _, and do not start with a digit, "aws" or "ssm"`;
  }
  const most = 100 - previousLabel("").length;
  return label.length > most ? `Label "${label}" has more than ${most} characters` : undefined;
}

/**
 * Returns the pointer for a label on a parameter. It can move only to an existing version with the image. A promotion sets the second
 * label on the earlier version. A rollback does not change the second label, so that a repeated rollback does not go forward again.
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
  /** The version to which another writer set the label between our read and our move. */
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
        return [
          `no version of "${name}" has ${imageId}: publish the image to the parameter first, or promote without a label`,
        ];
      return [...tooMany(version, label), ...(before ? tooMany(before, previousLabel(label)) : [])];
    },
    async move(scope, imageId) {
      const version = versionOf(imageId);
      if (before?.value === imageId) return { moved: false, version: before.version };
      if (!version) throw new BakeError(`No version of "${name}" has ${imageId}`, { code: "no-version" });
      // Labels have no history: a label that another writer just set could not be restored.
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

/** Maximum number of reads before another writer is reported, and the milliseconds between them: reads can be stale. */
const READS = { most: 3, apart: 500 };

/** Returns the version with a label. Reads it until it is as expected, or up to the maximum number of reads. */
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

/** Sets a label on the version that had it. If none had it, removes it from the version that has it now. */
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
  return [`version ${version.version} has ${MOST_LABELS} labels, so "${label}" cannot be added: remove a label`];
}

function others(name: string, now: CurrentParameter | undefined): string {
  return now
    ? `Another writer set "${name}" to version ${now.version} at the same time`
    : `Another writer removed "${name}" at the same time`;
}

function contended(scope: CallScope, name: string, now: CurrentParameter | undefined): BakeError {
  return new BakeError(others(name, now), {
    code: "label-contended",
    region: scope.region,
    hint: "Set a concurrency group on the job, so that only one job at a time promotes it.",
  });
}
