import { randomUUID } from "node:crypto";
import { systemClock } from "../core/clock.js";
import { type Debug, traceOf } from "../core/debug.js";
import { renderDiagnostic } from "../core/diagnostics.js";
import { toDiagnostic } from "../core/errors.js";
import { type Redactor, redactor } from "../core/secrets/redactor.js";
import type { SourceText } from "../core/source.js";
import type { Engine, EngineSetting } from "../engine/api.js";
import { type LoggedRun, openDebugLog, runHeader } from "../engine/debug-log.js";
import { type Interruption, interruptible, RUNNER_DEADLINES } from "../engine/interruption.js";
import { exitWith, reportCrashes, setUpProcess } from "../engine/process.js";
import { progressLine } from "../report/console/progress.js";
import { consoleStory } from "../report/console/story.js";
import { failedSummary, wrongInputsSummary } from "../report/markdown/step-summaries.js";
import { redactDeep, redactPrinted } from "../report/redact.js";
import { inWords } from "../report/wording.js";
import { annotator } from "./annotations.js";
import { type GitHubEnvironment, readEnvironment } from "./environment.js";
import type { RoleInputs } from "./inputs/account.js";
import type { ReadInputs } from "./inputs/reader.js";
import { type ActionLog, actionLog } from "./log.js";
import { webIdentityOf } from "./oidc.js";
import { type StepReports, stepReports } from "./reports.js";
import { actionWords } from "./words.js";

/** A step of an action: its inputs, its work and its outputs. `Parts` are the parts of the engine that it uses. */
export interface ActionStep<Inputs, Parts = Engine> {
  /** Reads the inputs; paths are relative to `workspace`. */
  readonly readInputs: (env: Environment, workspace: string) => ReadInputs<Inputs>;
  /** Returns the parts of the engine. Each step lists its own, so that the post step loads no builder. */
  readonly engine: (setting: EngineSetting) => Parts;
  /** What a heading of the summary says if the step fails: `NAME failed`. Undefined inputs could not be read. */
  readonly name: (inputs: Inputs | undefined) => string;
  /** All outputs with their defaults, for a step that fails before it sets them. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Does the work. Returns the exit code. */
  readonly work: (run: StepRun<Inputs, Parts>) => Promise<number>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The surroundings of the work of a step. */
export interface StepRun<Inputs, Parts = Engine> extends Omit<StepReports, "setMissing"> {
  readonly inputs: Inputs;
  readonly env: Environment;
  readonly environment: GitHubEnvironment;
  readonly engine: Parts;
  readonly log: ActionLog;
  readonly debug: Debug;
  readonly secrets: Redactor;
  /** Masks a secret: the runner masks it in the log, `secrets` masks all its forms in annotations and documents. */
  mask(secret: string): void;
  /** Sets the files that annotations quote; their paths are relative to `workingDirectory`. */
  quote(sources: readonly SourceText[], workingDirectory: string): void;
}

/** The environment of a step: the process on a runner, a directory in tests. */
export interface StepSurroundings {
  /** A copy of the environment that the step can change; the local cloud sets its endpoint in it. */
  readonly env: Record<string, string | undefined>;
  /** The workspace outside a runner. */
  readonly cwd: string;
  readonly write: (line: string) => void;
  readonly interruption: (onSignal: (text: string) => void) => Interruption;
  /** Passes on errors that nothing caught, before the process ends; undefined where the process goes on. */
  readonly onCrash?: ((report: (error: unknown) => void) => void) | undefined;
}

/** Runs a step in this process and exits with the exit code of the step. */
export async function runInProcess<Inputs extends AccountOfStep, Parts>(
  step: ActionStep<Inputs, Parts>,
): Promise<never> {
  const env = { ...process.env };
  setUpProcess(env);
  const code = await runStep(step, {
    env,
    cwd: process.cwd(),
    write: (line) => void process.stdout.write(`${line}\n`),
    interruption: (onSignal) => interruptible(process, RUNNER_DEADLINES, onSignal, () => process.exit(1)),
    onCrash: reportCrashes,
  });
  return exitWith(code);
}

/** The role of a step; undefined for a step that uses no account. */
interface AccountOfStep {
  readonly role: RoleInputs | undefined;
}

/**
 * Runs a step: reads its inputs and does its work. Always sets all outputs; after a failure, also writes the error to log and summary.
 * Returns the exit code, which says whether the work succeeded, not whether it could be reported. Never throws.
 */
export async function runStep<Inputs extends AccountOfStep, Parts>(
  step: ActionStep<Inputs, Parts>,
  { env, cwd, write, interruption: interrupt, onCrash }: StepSurroundings,
): Promise<number> {
  const environment = readEnvironment(env, cwd);
  const words = actionWords(environment);
  const secrets = redactor();
  const quoted = { sources: [] as readonly SourceText[], workingDirectory: environment.workspace };
  const annotate = annotator({
    workspace: environment.workspace,
    workingDirectory: () => quoted.workingDirectory,
    sources: () => quoted.sources,
    secrets,
  });
  const { log, debug } = openStepLog({ write, env, cwd, secrets }, (diagnostic) =>
    annotate(inWords(diagnostic, words)),
  );
  const startedAt = new Date();
  debug(() => runHeader(loggedRun(step.name(undefined), env, startedAt)));
  const interruption = interrupt(log.line);
  const { setMissing, ...reports } = stepReports({ env, log, secrets, outputs: step.outputs });
  const mask = (secret: string) => {
    secrets.add(secret);
    log.mask(secret);
  };
  const fail = (error: unknown) => {
    const diagnostic = redactDeep(inWords(toDiagnostic(error), words), secrets);
    log.annotate(diagnostic);
    debug(() => traceOf(error));
    return diagnostic;
  };
  onCrash?.(fail);
  let code = 1;
  let name = step.name(undefined);
  try {
    const read = step.readInputs(env, environment.workspace);
    if (read.ok) {
      const { inputs } = read;
      name = step.name(inputs);
      for (const warning of read.warnings) log.annotate(warning);
      code = await step.work({
        ...{ ...reports, inputs, env, environment, log, debug, secrets, mask },
        engine: step.engine({
          ...{ env, interruption, startedAt, debug },
          reportWait: (what, elapsed, text) => log.line(progressLine({ what, elapsed, text })),
          webIdentity: webIdentityOf(inputs.role, environment, { env, mask, debug }),
        }),
        quote: (sources, workingDirectory) => void Object.assign(quoted, { sources, workingDirectory }),
      });
    } else {
      for (const complaint of read.complaints) log.annotate(complaint);
      reports.addSummary(wrongInputsSummary(read.complaints));
    }
  } catch (error) {
    reports.addSummary(failedSummary([fail(error)], { what: name }));
    code = 1;
  }
  setMissing();
  log.end();
  interruption.stop();
  return code;
}

/** Returns the facts of a step for its debug log: of the inputs only the names, as the runner passes them, and the template. */
function loggedRun(name: string, env: Environment, startedAt: Date): LoggedRun {
  const inputs = Object.keys(env).filter((key) => key.startsWith("INPUT_") && env[key] !== "");
  const names = inputs.map((key) => key.slice("INPUT_".length).toLowerCase()).sort();
  return { what: `Action: ${name}`, names, template: env.INPUT_TEMPLATE || undefined, startedAt };
}

/** Milliseconds between the progress lines of a wait. */
const PROGRESS_INTERVAL = 15_000;

/** Returns the log of a step, and its debug log: `::debug::` commands, or a file that has the text of the log too. */
function openStepLog(
  { write, env, cwd, secrets }: Pick<StepSurroundings, "write" | "env" | "cwd"> & { readonly secrets: Redactor },
  annotate: ReturnType<typeof annotator>,
): { readonly log: ActionLog; readonly debug: Debug } {
  const { debug, copy } = openDebugLog({
    env,
    cwd,
    now: systemClock.now,
    clean: secrets.redact,
    print: (line) => log.debug(line),
    warn: (diagnostic) => log.annotate(diagnostic),
  });
  const log = actionLog({
    write: (line) => {
      // Workflow commands are not for people, and masks have secrets.
      if (line.startsWith("::")) return write(line);
      write(redactPrinted(line, secrets));
      copy(line);
    },
    story: consoleStory({
      colour: true,
      introduce: true,
      timestamps: false,
      progressInterval: PROGRESS_INTERVAL,
      sources: undefined,
    }),
    annotate: (diagnostic) => {
      copy(renderDiagnostic(diagnostic, []));
      return annotate(diagnostic);
    },
    token: randomUUID,
  });
  return { log, debug };
}
