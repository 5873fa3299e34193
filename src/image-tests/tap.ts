import type { InnerTest, InnerTests } from "./inner-tests.js";

/** Longest line that is read, in characters. */
const LONGEST_LINE = 4096;

/** Most lines that are kept of what a script says about one test. */
const MOST_LINES = 100;

const VERSION = /^TAP version \d+\s*$/;
const PLAN = /^1\.\.(\d{1,9})\s*(?:#\s*(.*))?$/;
const TEST = /^(not )?ok(?:\s+(\d+))?(?:\s+(.*))?$/;
const BAIL_OUT = /^Bail out!\s*(.*)$/i;

/** A line of a test that is not complete yet. */
interface OpenTest {
  readonly name: string;
  readonly ok: boolean;
  readonly directive: Directive | undefined;
  readonly end: number;
  readonly comments: string[];
  readonly block: string[];
}

interface Directive {
  readonly kind: "skip" | "todo";
  readonly reason: string;
}

interface Plan {
  readonly count: number;
  /** Undefined where the plan gives no reason to skip all tests. */
  readonly skip: string | undefined;
}

/**
 * Reads TAP (Test Anything Protocol, versions 12 to 14) from the standard output of a script. Returns undefined for other text: TAP has a
 * version line, or a plan and lines of tests. Subtests are indented: their result is the line of their parent. A `not ok` with a TODO or
 * SKIP directive is not a failure. A plan with another number of tests, a missing plan and `Bail out!` make the report incomplete.
 */
export function readTap(text: string): InnerTests | undefined {
  const tests: OpenTest[] = [];
  let plan: Plan | undefined;
  let versioned = false;
  let bailedOut: string | undefined;
  let inBlock = false;
  let end = -1;
  for (const whole of text.split("\n")) {
    end += whole.length + 1;
    const line = whole.slice(0, LONGEST_LINE).trimEnd();
    const last = tests.at(-1);
    if (/^\s/.test(line)) {
      inBlock = readIndented(line, last, inBlock);
      continue;
    }
    inBlock = false;
    const found = TEST.exec(line);
    const planned = PLAN.exec(line);
    if (found) tests.push(openTest(found[1] === undefined, found[3] ?? "", end));
    else if (planned) plan ??= { count: Number(planned[1]), skip: skipOf(planned[2]) };
    else if (VERSION.test(line)) versioned = true;
    else if (line.startsWith("#")) keep(last?.comments, line.replace(/^#+\s?/, ""));
    // Nothing after it counts.
    else if (BAIL_OUT.test(line) && (versioned || plan || tests.length > 0)) {
      bailedOut = BAIL_OUT.exec(line)?.[1] ?? "";
      break;
    }
  }
  if (!versioned && (plan === undefined || (tests.length === 0 && plan.skip === undefined))) return undefined;
  const results = tests.map(closed);
  if (results.length === 0 && plan?.count === 0 && bailedOut === undefined) {
    const all = { name: "", group: undefined, outcome: "skipped", duration: 0, end: undefined, lines: [] } as const;
    return { format: "TAP", tests: [{ ...all, message: plan.skip || undefined }], problem: undefined };
  }
  return { format: "TAP", tests: results, problem: problemOf(results.length, plan, bailedOut) };
}

function problemOf(count: number, plan: Plan | undefined, bailedOut: string | undefined): string | undefined {
  if (bailedOut !== undefined) return bailedOut === "" ? "Bail out!" : `Bail out! ${bailedOut}`;
  if (plan === undefined) return "The TAP output has no plan, so the script probably ended early";
  if (plan.count === count) return undefined;
  return `The TAP output has a plan of ${plan.count} test${plan.count === 1 ? "" : "s"}, and ${count} ran`;
}

/** Returns the reason of a plan that skips all tests; undefined for any other comment. */
function skipOf(comment: string | undefined): string | undefined {
  return /^skip\S*\s*(.*)$/i.exec(comment ?? "")?.[1];
}

function openTest(ok: boolean, text: string, end: number): OpenTest {
  const { description, directive } = splitDirective(text);
  const name = description.replace(/^-(?:\s+|$)/, "").replace(/\\([#\\])/g, "$1");
  return { name, ok, directive, end, comments: [], block: [] };
}

/** Divides a description at its directive: the last `#` that is not escaped and has SKIP or TODO after it. */
function splitDirective(text: string): { readonly description: string; readonly directive: Directive | undefined } {
  for (let at = text.lastIndexOf("#"); at >= 0; at = at === 0 ? -1 : text.lastIndexOf("#", at - 1)) {
    if (isEscaped(text, at)) continue;
    const found = /^#\s*(skip(?:ped)?|todo):?(?:\s+(.*))?$/i.exec(text.slice(at));
    if (!found) continue;
    const kind = found[1]?.toLowerCase() === "todo" ? "todo" : "skip";
    return { description: text.slice(0, at).trimEnd(), directive: { kind, reason: found[2] ?? "" } };
  }
  return { description: text, directive: undefined };
}

function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (first > 0 && text[first - 1] === "\\") first--;
  return (at - first) % 2 === 1;
}

/** Reads an indented line: of the YAML block of a test (TAP 13), or of a subtest, which is ignored. Returns whether a block is open. */
function readIndented(line: string, test: OpenTest | undefined, inBlock: boolean): boolean {
  const content = line.trim();
  if (!inBlock) return content === "---" && test !== undefined;
  if (content === "...") return false;
  keep(test?.block, line.replace(/^ {1,2}/, ""));
  return true;
}

function keep(lines: string[] | undefined, line: string): void {
  if (lines && lines.length < MOST_LINES && line !== "") lines.push(line);
}

function closed({ name, ok, directive, end, comments, block }: OpenTest): InnerTest {
  const duration = durationOf(block);
  const test = { name, group: undefined, duration, end, lines: [] };
  if (directive?.kind === "skip" || (directive && !ok)) {
    const reason = directive.kind === "todo" ? `TODO ${directive.reason}` : directive.reason;
    return { ...test, outcome: "skipped", message: reason.trim() || undefined };
  }
  if (ok) return { ...test, outcome: "passed", message: undefined };
  return {
    ...test,
    outcome: "failed",
    message: messageIn(block) ?? comments[0]?.trim(),
    lines: [...comments, ...block],
  };
}

/** Returns the text of `message` or `error` in a YAML block. */
function messageIn(block: readonly string[]): string | undefined {
  for (const line of block) {
    const text = /^(?:message|error):\s*(\S.*)$/.exec(line)?.[1];
    if (text !== undefined && !/^[|>][+-]?$/.test(text)) return text.replace(/^(["'])(.*)\1$/, "$2");
  }
  return undefined;
}

function durationOf(block: readonly string[]): number {
  for (const line of block) {
    const milliseconds = Number(/^duration_ms:\s*(\d+(?:\.\d+)?)$/.exec(line)?.[1]);
    if (Number.isFinite(milliseconds)) return milliseconds;
  }
  return 0;
}
