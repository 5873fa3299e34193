import type { CallScope } from "../../aws/client/session.js";
import { type ParameterVersion, parameterHistory } from "../../aws/parameter.js";
import { namesOf } from "./artifact.js";

/** What a move of a parameter was. `restore`: a promotion that failed elsewhere was taken back. */
export type MoveKind = "promote" | "rollback" | "restore";

/** A move as its parameter's description says it: of which image, to which, and by which run. */
export interface MoveNote {
  readonly kind: MoveKind;
  readonly from: string | undefined;
  readonly to: string;
  /** E.g. `run 1234 of owner/repository`. */
  readonly by: string;
}

/** Longest description of a parameter (PutParameter). */
const LONGEST = 1024;

/** The description of a version, which Parameter Store keeps in the history. */
export function noteText({ kind, from, to, by }: MoveNote): string {
  return `bake-ami ${kind} of ${from ?? "nothing"} to ${to} by ${by}`.slice(0, LONGEST);
}

/** Reads a description; undefined for one of another's making, and for ours on another's value (a put keeps the old description). */
export function readNote(version: Pick<ParameterVersion, "value" | "description">): MoveNote | undefined {
  const found = /^bake-ami (promote|rollback|restore) of (\S+) to (\S+) by ([\s\S]*)$/.exec(version.description);
  const [, kind, from, to, by] = found ?? [];
  if ((kind !== "promote" && kind !== "rollback" && kind !== "restore") || to !== version.value) return undefined;
  return { kind, from: from === "nothing" ? undefined : from, to, by: by ?? "" };
}

/** What a version was, for people: `rollback by run 12 of owner/repository`; empty for one of another's making. */
export function noteSummary(version: ParameterVersion): string {
  const note = readNote(version);
  return note ? `${note.kind} by ${note.by}` : "";
}

/**
 * The images that a parameter has named, the one of now last, as a stack: a promotion puts one on it, a rollback takes off what is
 * above its own. So a second rollback goes further back instead of forward again.
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

/** One move of a parameter: who moved it where, and when. */
export interface HistoryLine {
  readonly region: string;
  readonly version: number;
  /** `(no image)` for a value that is no AMI id: it may be a secret. */
  readonly imageId: string;
  /** Name of the image; its id where it is gone. */
  readonly imageName: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** ARN of the caller. */
  readonly by: string;
  readonly labels: readonly string[];
  /** E.g. `rollback by run 12 of owner/repository`; empty for a move that bake-ami did not make or that a bake made. */
  readonly what: string;
}

/** The last `most` moves of a parameter in a region, newest first. Empty where it does not exist. */
export async function historyOf(scope: CallScope, parameter: string, most: number): Promise<readonly HistoryLine[]> {
  const history = (await parameterHistory(scope, parameter)).slice(-most).reverse();
  const names = await namesOf(
    scope,
    history.map(({ value }) => value).filter((value) => value.startsWith("ami-")),
  );
  return history.map((version) => ({
    region: scope.region,
    version: version.version,
    imageId: shown(version.value),
    imageName: names.get(version.value) ?? shown(version.value),
    at: version.at,
    by: version.by,
    labels: version.labels,
    what: noteSummary(version),
  }));
}

function shown(value: string): string {
  return value.startsWith("ami-") ? value : "(no image)";
}
