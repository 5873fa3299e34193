import { extname } from "node:path";
import { abortReason } from "../core/clock.js";
import { runsWindows } from "../core/communicator.js";
import { messageOf } from "../core/errors.js";
import type { TestResult } from "../core/image-tests.js";
import type { ProvisionerContext, RunProvisioner } from "../core/parts.js";
import type { Range } from "../core/source.js";
import { PLAIN_TEXT } from "../options/context.js";
import type { ObjectNode } from "../options/node.js";
import { decodeOptions, type Schema } from "../options/schema.js";
import { howEnded, succeeded } from "../provisioners/command-run.js";
import type { InnerTests } from "./inner-tests.js";
import { type HeldOutput, type Observed, observe } from "./observe.js";
import { readJunit } from "./read-junit.js";
import { resultsOf } from "./results.js";
import { readTap } from "./tap.js";

/**
 * Runs a script on the machine by the rules of a provisioner: shell (Packer §5.1), on Windows powershell for `.ps1` and windows-shell for
 * other files. Returns one result, or those of the TAP or JUnit XML that it prints. Never rejects: a script that is interrupted has failed.
 */
export async function runScript(path: string, context: ProvisionerContext): Promise<readonly TestResult[]> {
  const observed = observe(context, { quiet: false });
  return timeTest(path, context, observed, () => provisionScript(path, observed.context));
}

async function provisionScript(path: string, context: ProvisionerContext): Promise<void> {
  if (!runsWindows(context.machine.communicator)) {
    const [{ shellOptions }, { run }] = await Promise.all([
      import("../provisioners/shell/options.js"),
      import("../provisioners/shell/run.js"),
    ]);
    return withScript(shellOptions, run, path, context);
  }
  if (extname(path).toLowerCase() === ".ps1") {
    const [{ powershellOptions }, { run }] = await Promise.all([
      import("../provisioners/powershell/options.js"),
      import("../provisioners/powershell/run.js"),
    ]);
    return withScript(powershellOptions, run, path, context);
  }
  const [{ windowsShellOptions }, { run }] = await Promise.all([
    import("../provisioners/windows-shell/options.js"),
    import("../provisioners/windows-shell/run.js"),
  ]);
  return withScript(windowsShellOptions, run, path, context);
}

/** Runs a provisioner with the option `script` and the defaults of its others. */
function withScript<Options>(
  schema: Schema<Options>,
  run: RunProvisioner<Options>,
  script: string,
  context: ProvisionerContext,
): Promise<void> {
  const value = { kind: "string", value: script, range: NOWHERE, literal: true } as const;
  const node: ObjectNode = { kind: "object", entries: [{ key: "script", keyRange: NOWHERE, value }], range: NOWHERE };
  const { value: options } = decodeOptions(schema, node, PLAIN_TEXT);
  if (options === undefined) throw new Error(`the option "script" is not valid: ${script}`);
  return run(options, context);
}

/** The option is in no file. */
const NOWHERE: Range = {
  file: "",
  start: { offset: 0, line: 0, column: 0 },
  end: { offset: 0, line: 0, column: 0 },
};

/** Runs a test with commands on the machine, and returns the results by how it ended and what it printed. Never rejects. */
export async function timeTest(
  name: string,
  { surroundings, signal, narrator }: ProvisionerContext,
  observed: Observed,
  work: () => Promise<void>,
): Promise<readonly TestResult[]> {
  const began = surroundings.clock.now();
  let failure: string | undefined;
  try {
    await work();
  } catch (error) {
    failure = failureOf(error, observed, signal);
  }
  const duration = surroundings.clock.now() - began;
  const report = reportIn(observed.standardOutput(), began);
  return resultsOf({ name, failure, duration, report, lastLines: observed.lastLines() }, narrator.secrets);
}

/** Returns why a test failed: it was interrupted, or a command ended with an error, or could not run. */
export function failureOf(error: unknown, observed: Observed, signal: AbortSignal): string {
  if (signal.aborted) return messageOf(abortReason(signal));
  const end = observed.end();
  return end && !succeeded({ end }) ? howEnded(end) : messageOf(error);
}

/** Returns the tests in the output. A report that is longer than what is held is not complete. */
function reportIn({ text, isWhole, timeAt }: HeldOutput, began: number): InnerTests | undefined {
  const report = readJunit(text) ?? withArrivals(readTap(text), timeAt, began);
  if (!report || isWhole) return report;
  return { ...report, problem: `The output is longer than 1 MB, so its ${report.format} was not read to the end` };
}

/** A test of TAP without a duration takes from the line of the test before it to its own. */
function withArrivals(
  report: InnerTests | undefined,
  timeAt: HeldOutput["timeAt"],
  began: number,
): InnerTests | undefined {
  let before = began;
  const tests = report?.tests.map((test) => {
    if (test.end === undefined) return test;
    const time = timeAt(test.end);
    const own = test.duration > 0 ? test : { ...test, duration: time - before };
    before = time;
    return own;
  });
  return report && tests && { ...report, tests };
}
