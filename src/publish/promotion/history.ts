import type { CallScope } from "../../aws/client/session.js";
import { describeImage } from "../../aws/image.js";
import { type ParameterVersion, readParameterHistory } from "../../aws/parameter.js";
import { testsOf } from "./tested.js";

/** The kind of a move of a parameter. `restore`: undoes a promotion that failed in another Region. */
export type MoveKind = "promote" | "rollback" | "restore";

/** A move as recorded in the parameter's description: from which image, to which, and by which run. */
export interface MoveNote {
  readonly kind: MoveKind;
  readonly from: string | undefined;
  readonly to: string;
  /** E.g. `run 1234 of owner/repository`. */
  readonly by: string;
}

/** Maximum length of a parameter's description (PutParameter). */
const LONGEST = 1024;

/** Returns the description of a version. Parameter Store keeps it in the history. */
export function noteText({ kind, from, to, by }: MoveNote): string {
  return `bake-ami ${kind} of ${from ?? "nothing"} to ${to} by ${by}`.slice(0, LONGEST);
}

/**
 * Returns the move that a description records; undefined if bake-ami did not write the version. A put by others can keep our
 * description, so its image must match the value.
 */
export function readNote(version: Pick<ParameterVersion, "value" | "description">): MoveNote | undefined {
  const found = /^bake-ami (promote|rollback|restore) of (\S+) to (\S+) by ([\s\S]*)$/.exec(version.description);
  const [, kind, from, to, by] = found ?? [];
  if ((kind !== "promote" && kind !== "rollback" && kind !== "restore") || to !== version.value) return undefined;
  return { kind, from: from === "nothing" ? undefined : from, to, by: by ?? "" };
}

/** Returns `rollback by run 12 of owner/repository`; empty if bake-ami did not write the version. */
export function noteSummary(version: ParameterVersion): string {
  const note = readNote(version);
  return note ? `${note.kind} by ${note.by}` : "";
}

/**
 * Returns the images of a parameter as a stack, the current one last. A promotion pushes an image; a rollback removes the images above
 * its own. So a second rollback goes further back instead of forward again.
 */
export function imageStack(history: readonly ParameterVersion[]): readonly string[] {
  const stack: string[] = [];
  for (const version of history) {
    const kind = readNote(version)?.kind;
    const at = stack.lastIndexOf(version.value);
    if ((kind === "rollback" || kind === "restore") && at >= 0) stack.length = at + 1;
    else if (stack.at(-1) !== version.value) stack.push(version.value);
  }
  return stack;
}

/** One move of a parameter. */
export interface HistoryLine {
  readonly region: string;
  readonly version: number;
  /** `(no image)` for a value that is not an AMI id, because it can be a secret. */
  readonly imageId: string;
  /** Name of the image; its id if the image does not exist. */
  readonly imageName: string;
  /** The result of the image's tests; undefined if it was not tested or does not exist. */
  readonly tests: "passed" | "failed" | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** ARN of the caller. */
  readonly by: string;
  readonly labels: readonly string[];
  /** E.g. `rollback by run 12 of owner/repository`; empty for a move by a bake or by another tool. */
  readonly what: string;
}

/** Returns the last `most` moves of a parameter in a Region, newest first. Empty if it does not exist. */
export async function historyOf(scope: CallScope, parameter: string, most: number): Promise<readonly HistoryLine[]> {
  const history = (await readParameterHistory(scope, parameter)).slice(-most).reverse();
  const ids = new Set(history.map(({ value }) => value).filter((value) => value.startsWith("ami-")));
  const images = new Map(await Promise.all([...ids].map(async (id) => [id, await describeImage(scope, id)] as const)));
  return history.map((version) => {
    const image = images.get(version.value);
    return {
      region: scope.region,
      version: version.version,
      imageId: shown(version.value),
      imageName: image?.name ?? shown(version.value),
      tests: image && testsOf(image),
      at: version.at,
      by: version.by,
      labels: version.labels,
      what: noteSummary(version),
    };
  });
}

function shown(value: string): string {
  return value.startsWith("ami-") ? value : "(no image)";
}
