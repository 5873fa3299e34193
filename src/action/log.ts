import type { Diagnostic } from "../core/diagnostics.js";
import type { BakeEvent, Listener } from "../core/events.js";
import type { ImageTestReport } from "../core/image-tests.js";
import { plainLine } from "../core/plain.js";
import { masksOf } from "../core/secrets/forms.js";
import { failedTestErrors } from "../report/tests.js";
import { neutral, workflowCommand } from "../report/workflow-text.js";

/**
 * Annotations of failed tests in a run. The runner shows ten errors of a step: one stays for the error of the build. All failed tests are in
 * the log.
 */
const MOST_FAILED_TESTS = 9;

export interface ActionLogOptions {
  write(line: string): void;
  /** Returns the console lines of an event, without diagnostics: these are annotations. */
  story(event: BakeEvent): readonly string[];
  /** Returns an annotation command; undefined if the diagnostic is printed as text. */
  annotate(diagnostic: Diagnostic): string | undefined;
  /** Returns a new random token for `stop-commands`. */
  token(): string;
}

/** The log of the action: console lines in groups, annotations and masks. Output of others cannot act as a workflow command. */
export interface ActionLog {
  readonly listener: Listener;
  /** Masks a value in all further output. */
  mask(secret: string): void;
  annotate(diagnostic: Diagnostic): void;
  /** Prints a line of the debug log, which the runner shows if debug logging is on. */
  debug(line: string): void;
  /** Prints a line outside a bake. */
  line(text: string): void;
  /** Ends the last group, and enables workflow commands again. */
  end(): void;
}

/**
 * Returns the log. Remote output is made safe in two ways: workflow commands are stopped around it (`stop-commands` with a new token),
 * and command prefixes are broken in every line. A single build has a group per step; parallel builds interleave, so their lines have
 * prefixes instead.
 */
export function actionLog(options: ActionLogOptions): ActionLog {
  const shield = commandShield(options);
  const groups = stepGroups(shield.command);
  const printStory = (event: BakeEvent) => {
    const lines = options.story(event);
    if (lines.length === 0) return;
    groups.fill();
    if (event.type === "output") shield.raise();
    for (const line of lines) shield.text(line);
  };
  const annotate = (diagnostic: Diagnostic) => {
    const command = options.annotate(diagnostic);
    if (command !== undefined) shield.command(command);
    else shield.text(plainLine(`${diagnostic.severity}: ${diagnostic.summary}`));
  };
  let failedTests = 0;
  const annotateTests = (report: ImageTestReport) => {
    const errors = failedTestErrors(report).slice(0, Math.max(0, MOST_FAILED_TESTS - failedTests));
    failedTests += errors.length;
    for (const error of errors) annotate(error);
  };
  const masked = new Set<string>();
  const mask = (secret: string) => {
    for (const value of masksOf(secret)) {
      if (masked.has(value)) continue;
      masked.add(value);
      shield.command(workflowCommand("add-mask", value));
    }
  };
  const listener: Listener = (event) => {
    if (event.type === "secret") return mask(event.value);
    groups.before(event);
    if (event.type === "diagnostic") annotate(event.diagnostic);
    else printStory(event);
    if (event.type === "image-tested") annotateTests(event.report);
    if (event.type === "build-ended" && event.outcome === "failed" && event.error) annotate(event.error);
  };
  return {
    listener,
    mask,
    annotate,
    debug: (line) => shield.command(workflowCommand("debug", neutral(line))),
    line: (text) => shield.text(text),
    end: () => {
      groups.end();
      shield.lower();
    },
  };
}

/** Returns a writer that keeps the runner from running commands in output of others. */
function commandShield(options: Pick<ActionLogOptions, "write" | "token">) {
  let token: string | undefined;
  const lower = () => {
    if (token !== undefined) options.write(`::${token}::`);
    token = undefined;
  };
  return {
    lower,
    raise() {
      if (token !== undefined) return;
      token = options.token();
      options.write(`::stop-commands::${token}`);
    },
    command(line: string) {
      lower();
      options.write(line);
    },
    text: (line: string) => options.write(neutral(line)),
  };
}

/** Returns a writer of log groups: one for each step of a single build that prints something. */
function stepGroups(command: (line: string) => void) {
  let single = false;
  let step: { readonly name: string; readonly title: string; open: boolean } | undefined;
  const end = () => {
    if (step?.open) command("::endgroup::");
    step = undefined;
  };
  return {
    end,
    /** Opens the group of the step before its first line. */
    fill() {
      if (!step || step.open) return;
      step.open = true;
      command(workflowCommand("group", plainLine(step.title)));
    },
    before(event: BakeEvent) {
      if (event.type === "bake-started") single = event.builds.length === 1;
      const over = event.type === "step-ended" && event.step === step?.name;
      if (over || event.type === "build-ended" || event.type === "bake-ended") end();
      if (event.type !== "step-started" || !single) return;
      end();
      step = { name: event.step, title: event.title, open: false };
    },
  };
}
