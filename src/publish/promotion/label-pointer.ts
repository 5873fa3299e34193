import { labelParameter, type ParameterVersion, readParameter, unlabelParameter } from "../../aws/parameter.js";
import type { CallScope } from "../../aws/scope.js";
import { BakeError } from "../../core/errors.js";
import type { MoveKind } from "./note.js";
import type { Pointer } from "./pointer.js";

/** Labels that a version may bear (LabelParameterVersion). */
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
  return {
    name: `${name}:${label}`,
    imageId: before?.value,
    obstacles(imageId) {
      const version = versionOf(imageId);
      if (!version)
        return [`no version of ${name} names ${imageId}: publish it there first, or promote without a label`];
      return [...tooMany(version, label), ...(before ? tooMany(before, previousLabel(label)) : [])];
    },
    async move(scope, imageId) {
      const version = versionOf(imageId);
      if (before?.value === imageId) return { moved: false, version: before.version };
      if (!version)
        throw new BakeError(`no version of ${name} names ${imageId}`, { code: "no-version", blame: "user" });
      target = version;
      if (before && kind === "promote") await labelParameter(scope, name, before.version, previousLabel(label));
      await labelParameter(scope, name, version.version, label);
      const seen = await readParameter(scope, `${name}:${label}`);
      if (seen?.value !== imageId) throw notTaken(scope, `${name}:${label}`, imageId);
      return { moved: true, version: version.version };
    },
    async restore(scope) {
      if (target === undefined) return;
      const now = await readParameter(scope, `${name}:${label}`);
      if (now?.version === target.version) await putBack(scope, name, label, before, target);
      if (before && kind === "promote") await putBack(scope, name, previousLabel(label), beforePrevious, before);
    },
  };
}

/** Sets a label on the version that had it; where none had, takes it off the one that has it now. */
async function putBack(
  scope: CallScope,
  name: string,
  label: string,
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

function notTaken(scope: CallScope, name: string, imageId: string): BakeError {
  return new BakeError(`${name} does not name ${imageId} although it was set`, {
    code: "label-contended",
    blame: "user",
    region: scope.region,
    hint: "Let only one job at a time promote it: give the job a concurrency group.",
  });
}
