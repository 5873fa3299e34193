import { randomUUID } from "node:crypto";
import { toDiagnostic } from "../core/errors.js";
import type { SourceText } from "../core/source.js";
import type { Engine, EngineSetting } from "../engine/api.js";
import { type Interruption, interruptible, RUNNER_DEADLINES } from "../engine/interruption.js";
import { exitWith, setUpProcess } from "../engine/process.js";
import { consoleStory } from "../report/console/story.js";
import { failedSummary, wrongInputsSummary } from "../report/markdown/step-summaries.js";
import { type Redactor, redactDeep, redactor } from "../report/redact.js";
import { inWords } from "../report/wording.js";
import { annotator } from "./annotations.js";
import { type GitHubEnvironment, readEnvironment } from "./environment.js";
import type { RoleInputs } from "./inputs/account.js";
import type { ReadInputs } from "./inputs/reader.js";
import { type ActionLog, actionLog } from "./log.js";
import { webIdentityOf } from "./oidc.js";
import { appendToFile, writeOutputs, writeSummary } from "./runner-commands.js";
import { ACTION_WORDS } from "./words.js";

/** A step of an action: what it reads, what it does and what it leaves. `Parts` is what it uses of the engine. */
export interface ActionStep<Inputs, Parts = Engine> {
  /** Reads the inputs; `workspace` is where paths start. */
  readonly readInputs: (env: Environment, workspace: string) => ReadInputs<Inputs>;
  /** Opens the parts of the engine. Each step names them itself, so that post loads no builder. */
  readonly engine: (setting: EngineSetting) => Parts;
  /** What a heading of the summary says if the step fails: `NAME failed`. Undefined inputs could not be read. */
  readonly name: (inputs: Inputs | undefined) => string;
  /** Every output with the value that it has where the work sets none, e.g. since it failed early. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Does the work. Returns the exit code. */
  readonly work: (run: StepRun<Inputs, Parts>) => Promise<number>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What the work of a step is given. */
export interface StepRun<Inputs, Parts = Engine> {
  readonly inputs: Inputs;
  readonly env: Environment;
  readonly environment: GitHubEnvironment;
  readonly engine: Parts;
  readonly log: ActionLog;
  readonly secrets: Redactor;
  /** Hides a secret from here on: the runner masks it in the log, `secrets` every form of it in annotations and documents. */
  mask(secret: string): void;
  /** Annotations quote these files from here on; relative paths in them start from `workingDirectory`. */
  quote(sources: readonly SourceText[], workingDirectory: string): void;
  /** Sets outputs at once: they are there whatever comes after. */
  setOutputs(outputs: Readonly<Record<string, string>>): Promise<void>;
  /** Adds Markdown to the step's summary at once. */
  addSummary(markdown: string): void;
}

/** Where a step runs: on a runner the process, in tests a folder. */
export interface StepSurroundings {
  /** A copy of the environment that the step may change: the local cloud puts its address into it. */
  readonly env: Record<string, string | undefined>;
  /** Stands in for the workspace outside a runner. */
  readonly cwd: string;
  readonly write: (line: string) => void;
  readonly interruption: (onSignal: (text: string) => void) => Interruption;
}

/** Runs a step in this process and ends it with the step's exit code. */
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
  });
  return exitWith(code);
}

/** The role of a step; undefined for one that asks no account for anything. */
interface AccountOfStep {
  readonly role: RoleInputs | undefined;
}

/**
 * Runs a step: reads its inputs, does its work, and leaves every output and, where something failed, the reason in log and summary,
 * whatever fails and wherever. Returns the exit code. Never rejects.
 */
export async function runStep<Inputs extends AccountOfStep, Parts>(
  step: ActionStep<Inputs, Parts>,
  { env, cwd, write, interruption: interrupt }: StepSurroundings,
): Promise<number> {
  const environment = readEnvironment(env, cwd);
  const secrets = redactor();
  const quoted = { sources: [] as readonly SourceText[], workingDirectory: environment.workspace };
  const annotate = annotator({
    workspace: environment.workspace,
    workingDirectory: () => quoted.workingDirectory,
    sources: () => quoted.sources,
    secrets,
  });
  const log = stepLog(write, (diagnostic) => annotate(inWords(diagnostic, ACTION_WORDS)));
  const interruption = interrupt(log.line);
  const missing = new Map(Object.entries(step.outputs));
  const setOutputs = async (outputs: Readonly<Record<string, string>>) => {
    await writeOutputs(env.GITHUB_OUTPUT, outputs);
    for (const name of Object.keys(outputs)) missing.delete(name);
  };
  const addSummary = (markdown: string) => writeSummary(env.GITHUB_STEP_SUMMARY, markdown);
  const mask = (secret: string) => {
    secrets.add(secret);
    log.mask(secret);
  };
  const fail = (error: unknown) => {
    const diagnostic = redactDeep(inWords(toDiagnostic(error), ACTION_WORDS), secrets);
    log.annotate(diagnostic);
    return diagnostic;
  };
  let code = 1;
  let name = step.name(undefined);
  try {
    const read = step.readInputs(env, environment.workspace);
    if (read.ok) {
      const { inputs } = read;
      name = step.name(inputs);
      for (const warning of read.warnings) log.annotate(warning);
      code = await step.work({
        ...{ inputs, env, environment, log, secrets, mask, setOutputs, addSummary },
        engine: step.engine({
          ...{ env, interruption, startedAt: new Date() },
          webIdentity: webIdentityOf(inputs.role, environment, env, mask),
        }),
        quote: (sources, workingDirectory) => void Object.assign(quoted, { sources, workingDirectory }),
      });
    } else {
      for (const complaint of read.complaints) log.annotate(complaint);
      addSummary(wrongInputsSummary(read.complaints));
    }
  } catch (error) {
    // A summary that cannot be written must not keep the outputs from being written, nor the other way round.
    const diagnostic = fail(error);
    attempt(() => addSummary(failedSummary([diagnostic], { what: name })), fail);
    code = 1;
  }
  const setMissing = () => {
    if (env.GITHUB_OUTPUT) for (const [name, value] of missing) appendToFile(env.GITHUB_OUTPUT, name, value);
  };
  if (!attempt(setMissing, fail)) code = 1;
  log.end();
  interruption.stop();
  return code;
}

/** Does something, or reports why it failed. Returns whether it was done. */
function attempt(work: () => void, report: (error: unknown) => unknown): boolean {
  try {
    work();
    return true;
  } catch (error) {
    report(error);
    return false;
  }
}

/** Milliseconds between progress lines of one wait. */
const PROGRESS_INTERVAL = 15_000;

function stepLog(write: (line: string) => void, annotate: ReturnType<typeof annotator>): ActionLog {
  const story = consoleStory({
    colour: true,
    introduce: true,
    timestamps: false,
    progressInterval: PROGRESS_INTERVAL,
    sources: undefined,
  });
  return actionLog({ write, story, annotate, token: randomUUID });
}
