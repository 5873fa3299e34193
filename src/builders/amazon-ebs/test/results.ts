import type { Clock } from "../../../core/clock.js";
import type { TestOutcome, TestResult } from "../../../core/image-tests.js";
import { plainLine } from "../../../core/plain.js";

/** The steps before the tests of the user, in order. */
export type BootStep = "running" | "status checks" | "login";

/** Makes the results of one instance. Durations are from `started()` to the call. */
export interface ResultMaker {
  passed(step: BootStep): TestResult;
  failed(step: BootStep, message: string, output: readonly string[]): TestResult;
  skipped(step: BootStep, message: string): TestResult;
}

/** Returns a maker of results whose durations start now. */
export function startTimer(clock: Clock): ResultMaker {
  const began = clock.now();
  const result = (step: BootStep, outcome: TestOutcome, message?: string, output: readonly string[] = []) => ({
    name: `boot: ${step}`,
    outcome,
    duration: clock.now() - began,
    message: message === undefined ? undefined : plainLine(message),
    output,
  });
  return {
    passed: (step) => result(step, "passed"),
    failed: (step, message, output) => result(step, "failed", message, output),
    skipped: (step, message) => result(step, "skipped", message),
  };
}
