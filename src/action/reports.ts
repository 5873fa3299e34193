import { appendFileSync } from "node:fs";
import { describeFileError } from "../core/file-error.js";
import { plainLine } from "../core/plain.js";
import type { Redactor } from "../core/secrets/redactor.js";
import { appendWhole } from "../engine/files.js";
import type { ActionLog } from "./log.js";
import { appendToFile, loadOutputWriter, type OutputWriter } from "./runner-commands.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** What a step writes for the runner. Each file is independent of the others, and none can fail the step. */
export interface StepReports {
  /** Sets outputs immediately. Returns whether all were written; reports those that were not as an error, with their values in the log. */
  setOutputs(outputs: Readonly<Record<string, string>>): Promise<boolean>;
  /** Sets the outputs that `setOutputs` was not called with to their defaults. */
  setMissing(): void;
  /** Adds Markdown to the summary immediately, without secrets. Reports a summary that cannot be written as a warning. */
  addSummary(markdown: string): void;
  /** Runs `write`. Reports its error as a warning, as "Could not write WHAT: …". Returns undefined then. */
  attempt<T>(what: string, write: () => T | Promise<T>): Promise<T | undefined>;
}

/** The dependencies of `stepReports`. */
export interface ReportParts {
  readonly env: Environment;
  readonly log: ActionLog;
  readonly secrets: Redactor;
  /** All outputs with their defaults. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** Returns the writers of a step's reports. */
export function stepReports({ env, log, secrets, outputs: defaults }: ReportParts): StepReports {
  const missing = new Map(Object.entries(defaults));
  const warn = (what: string, why: string, hint: string) =>
    log.annotate({ severity: "warning", code: "report-not-written", summary: `Could not write ${what}: ${why}`, hint });
  /** Writes outputs one by one, because a small one can fit on a disk where a large one does not. */
  const writeEach = (path: string, outputs: readonly (readonly [string, string])[], write: OutputWriter): boolean => {
    const lost: (readonly [string, string])[] = [];
    let why = "";
    for (const [name, value] of outputs) {
      try {
        write(path, name, value);
      } catch (error) {
        lost.push([name, value]);
        why = describeFileError(error);
      }
    }
    if (lost.length === 0) return true;
    for (const [name, value] of lost) if (value !== "") log.line(plainLine(`Output ${name}: ${secrets.redact(value)}`));
    const names = lost.map(([name]) => `"${name}"`).join(", ");
    log.annotate({
      severity: "error",
      code: "outputs-not-written",
      summary: `Could not write the output${lost.length === 1 ? "" : "s"} ${names} to "${path}" (GITHUB_OUTPUT): ${why}`,
      hint: "Later steps do not get these outputs. Their values are in the log.",
    });
    return false;
  };
  return {
    async setOutputs(outputs) {
      for (const name of Object.keys(outputs)) missing.delete(name);
      const path = env.GITHUB_OUTPUT;
      return path ? writeEach(path, Object.entries(outputs), await loadOutputWriter()) : true;
    },
    setMissing() {
      if (env.GITHUB_OUTPUT) writeEach(env.GITHUB_OUTPUT, [...missing], appendToFile);
    },
    addSummary(markdown) {
      const path = env.GITHUB_STEP_SUMMARY;
      if (!path) return;
      try {
        appendWhole(path, () => appendFileSync(path, `${secrets.mask(markdown)}\n`));
      } catch (error) {
        const what = `the job summary to "${path}" (GITHUB_STEP_SUMMARY)`;
        warn(what, describeFileError(error), "The log has the same results.");
      }
    },
    async attempt(what, write) {
      try {
        return await write();
      } catch (error) {
        warn(what, describeFileError(error), "The result of the step is not affected.");
        return undefined;
      }
    },
  };
}
