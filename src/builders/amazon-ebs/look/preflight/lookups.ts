import { AwsError, isOfSession } from "../../../../aws/client/errors.js";
import { type Diagnostic, hasErrors } from "../../../../core/diagnostics.js";
import { BakeError, InvalidTemplate, toDiagnostic, withRange } from "../../../../core/errors.js";
import type { Range } from "../../../../core/source.js";
import type { BakeReading } from "../../bake.js";
import { optionOfRefusal } from "../../refused-option.js";
import type { PreflightFacts } from "./facts.js";

/** Finds further problems while lookups run. `others` is of the lookups. Never rejects unless the bake is cancelled. */
export type FindProblems = (others: PreflightFacts["others"]) => Promise<readonly Diagnostic[]>;

/**
 * Awaits the lookups of a bake, which run in parallel, and what preflight finds meanwhile. Warnings are printed. All errors are thrown
 * together as `InvalidTemplate`; a single error of a lookup as it is. Without `preflight` in the settings, only the lookups are awaited.
 */
export async function awaitLookups<T extends readonly Promise<unknown>[]>(
  bake: BakeReading,
  findProblems: FindProblems,
  ...lookups: T
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const { context } = bake;
  const settled = Promise.allSettled(lookups);
  // Where no call of the session can succeed, there is nothing else to find.
  const others = settled.then((all) => ({
    failed: all.some((each) => each.status === "rejected" && !isOfSession(each.reason)),
  }));
  const [problems] = await Promise.all([context.settings.preflight ? findProblems(others) : [], settled]);
  const reasons = (await settled).flatMap((each) => (each.status === "rejected" ? [each.reason as unknown] : []));
  // One lookup may wait for another, and then fails with its error.
  const failed = [...new Set(reasons)];
  // An abort, or a mistake of the program: nothing else is to be said then.
  if (context.signal.aborted || failed.some((error) => !(error instanceof BakeError))) return Promise.all(lookups);
  const known = failed.map((error) => asProblem(bake, error));
  const found = withoutKnown(bake, problems, known);
  for (const diagnostic of found)
    if (diagnostic.severity !== "error") context.narrator.emit({ type: "diagnostic", diagnostic });
  if (!hasErrors(found)) return Promise.all(lookups).catch((error) => throwAll(error, known));
  throw new InvalidTemplate([...known, ...found.filter(({ severity }) => severity === "error")]);
}

/** Returns the errors of lookups, and the problems that say something else. Throws the abort reason of a cancelled bake. */
export function withFailed(
  bake: BakeReading,
  reasons: readonly unknown[],
  problems: readonly Diagnostic[],
): readonly Diagnostic[] {
  const failed = [...new Set(reasons)];
  const other = failed.find((error) => bake.context.signal.aborted || !(error instanceof BakeError));
  if (other !== undefined) throw other;
  const known = failed.map((error) => asProblem(bake, error));
  return [...known, ...withoutKnown(bake, problems, known)];
}

function asProblem(bake: BakeReading, error: unknown): Diagnostic {
  return atBuilder(toDiagnostic(atOptionOf(bake, error)), bake.context.range);
}

function withoutKnown(
  { context }: BakeReading,
  problems: readonly Diagnostic[],
  known: readonly Diagnostic[],
): readonly Diagnostic[] {
  const isKnown = (problem: Diagnostic) => known.some((other) => isSame(problem, other, context.range));
  return problems.filter((problem) => problem.severity !== "error" || !isKnown(problem));
}

function throwAll(first: unknown, all: readonly Diagnostic[]): never {
  if (all.length < 2) throw first;
  throw new InvalidTemplate(all);
}

function atOptionOf({ options, context }: BakeReading, error: unknown): unknown {
  const option = error instanceof AwsError ? optionOfRefusal(options, error) : undefined;
  return option === undefined ? error : withRange(error, context.place(option));
}

function atBuilder(diagnostic: Diagnostic, range: Range | undefined): Diagnostic {
  return diagnostic.range ? diagnostic : { ...diagnostic, range };
}

/** Returns whether two problems are about the value of the same option, so that the second says nothing new. */
function isSame({ range: a }: Diagnostic, { range: b }: Diagnostic, builder: Range | undefined): boolean {
  if (!a || !b || (builder && isAt(a, builder))) return false;
  return isAt(a, b);
}

function isAt(a: Range, b: Range): boolean {
  return a.file === b.file && a.start.offset === b.start.offset;
}
