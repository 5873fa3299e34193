import { abortReason, throwIfAborted } from "../core/clock.js";
import { messageOf } from "../core/errors.js";
import type { Narrator } from "../core/events.js";
import type { ImageTestSettings, TestResult } from "../core/image-tests.js";
import type { Machine, ProvisionerContext } from "../core/parts.js";
import { formatDuration } from "../core/text.js";
import { testBoot } from "./boot.js";
import { parseLine, scriptsIn } from "./lines.js";
import { runGoss } from "./run-goss.js";
import { runInspec } from "./run-inspec.js";
import { runScript } from "./run-script.js";

/** The context of the tests of a build. Its signal is that of the bake. */
export type TestContext = Omit<ProvisionerContext, "machine" | "data">;

/** A machine to test, and how long. */
export interface TestedMachine {
  readonly machine: Machine;
  readonly instanceType: string;
  /** Aborted with the bake, or when the time of the tests is over. */
  readonly signal: AbortSignal;
}

/** A part of the tests: the boot, or a script. */
interface Step {
  readonly name: string;
  run(context: ProvisionerContext): Promise<readonly TestResult[]>;
}

/** Runs the tests on a machine; see `ImageTests.run`. */
export async function runTests(
  { lines, instanceTypes }: Pick<ImageTestSettings, "lines" | "instanceTypes">,
  base: TestContext,
  { machine, instanceType, signal }: TestedMachine,
): Promise<readonly TestResult[]> {
  const narrator = instanceTypes.length > 1 ? labelled(base.narrator, instanceType) : base.narrator;
  const context: ProvisionerContext = { ...base, narrator, machine, data: machine.data, signal };
  const results: TestResult[] = [];
  for (const step of stepsOf(lines, base)) {
    const began = base.surroundings.clock.now();
    if (!signal.aborted) base.narrator.say(`Testing on ${instanceType}: ${step.name}`);
    const ended = await runStep(step, context, base.signal);
    results.push(...ended);
    for (const line of summaryOf(step, ended, base.surroundings.clock.now() - began)) narrator.message(line);
  }
  return results;
}

/** Names the instance in each line, because the tests of several instances run in parallel. */
function labelled(narrator: Narrator, label: string): Narrator {
  const withLabel = (text: string) => `${label}: ${text}`;
  return {
    ...narrator,
    emit: (data) => narrator.emit(data.type === "output" ? { ...data, text: withLabel(data.text) } : data),
    message: (text) => narrator.message(withLabel(text)),
  };
}

function stepsOf(lines: readonly string[], { surroundings }: TestContext): readonly Step[] {
  const steps = lines.map(parseLine).flatMap((line): readonly Step[] => {
    if (line.kind === "inspec") return [{ name: line.text, run: (context) => runInspec(line, context) }];
    if (line.kind === "goss") return [{ name: line.text, run: (context) => runGoss(line, context) }];
    return scriptPaths(line.target, surroundings.cwd).map((path) => {
      return { name: path, run: (context) => runScript(path, context) };
    });
  });
  return [{ name: BOOT, run: testBoot }, ...steps];
}

const BOOT = "boot";

/** A directory that cannot be read any more is one test, which fails. */
function scriptPaths(path: string, cwd: string): readonly string[] {
  try {
    return scriptsIn(path, cwd);
  } catch {
    return [path];
  }
}

/** Runs one step. Past the time limit, the running step failed and the others are skipped. Rejects when the bake is cancelled. */
async function runStep(step: Step, context: ProvisionerContext, bake: AbortSignal): Promise<readonly TestResult[]> {
  const { signal, surroundings } = context;
  const began = surroundings.clock.now();
  const result = (outcome: "failed" | "skipped", message: string): readonly TestResult[] => {
    return [{ name: step.name, outcome, duration: surroundings.clock.now() - began, message, output: [] }];
  };
  throwIfAborted(bake);
  if (signal.aborted) return result("skipped", `Not run: ${messageOf(abortReason(signal))}`);
  const ended = await step.run(context).catch((error: unknown) => {
    return result("failed", messageOf(signal.aborted ? abortReason(signal) : error));
  });
  throwIfAborted(bake);
  return ended;
}

/** Returns lines for the log: each failed test, and the numbers. */
function summaryOf({ name }: Step, results: readonly TestResult[], duration: number): readonly string[] {
  const failed = results.filter(({ outcome }) => outcome === "failed");
  const counts = (["passed", "failed", "skipped"] as const).flatMap((outcome) => {
    const count = results.filter((each) => each.outcome === outcome).length;
    return count === 0 ? [] : [`${count} ${outcome}`];
  });
  return [
    ...failed.map((each) => `Failed: ${each.name}${each.message === undefined ? "" : `: ${each.message}`}`),
    `${name}: ${counts.join(", ") || "nothing to test"} (${formatDuration(duration)})`,
  ];
}
