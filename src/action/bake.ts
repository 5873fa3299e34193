import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Diagnostic, hasErrors } from "../core/diagnostics.js";
import { BakeError, toDiagnostic } from "../core/errors.js";
import type { LedgerSink } from "../core/ledger.js";
import type { OpenLocal, PreparedTemplate } from "../engine/api.js";
import { engine } from "../engine/engine.js";
import { onLocalCloud } from "../engine/request.js";
import { writeTestResults } from "../engine/test-results.js";
import { outputsOf } from "../report/outputs.js";
import { recordedLines } from "../report/recorded.js";
import { redactDeep, redacting } from "../report/redact.js";
import { EMPTY_REPORT, type ReportCollector, reportCollector } from "../report/report.js";
import { testedBuilds } from "../report/tests.js";
import { writeDocuments } from "./documents.js";
import { type ActionInputs, readInputs } from "./inputs/inputs.js";
import { type BakeNotes, openNotes, stateLedger, stateVault } from "./state.js";
import { type ActionStep, runInProcess, type StepRun } from "./step.js";
import { actionWords } from "./words.js";
import { checkWorkingDirectory } from "./working-directory.js";

/** The main step of the action: bakes the template. */
export const BAKE: ActionStep<ActionInputs> = {
  readInputs,
  engine,
  name: () => "Bake",
  outputs: outputsOf(EMPTY_REPORT),
  work: (run) => bakeAndReport({ ...run, rehearsal: false }),
};

/** The step of `rehearse/action.yml`: bakes on the local cloud, without AWS and without a post step. */
export const REHEARSE: ActionStep<ActionInputs> = {
  ...BAKE,
  readInputs: (env, workspace) => readInputs(env, workspace, true),
  work: (run) =>
    bakeAndReport({
      ...run,
      inputs: { ...run.inputs, request: onLocalCloud(run.inputs.request, [], run.inputs.localPolicy) },
      rehearsal: true,
    }),
};

/** Runs the main step of the action and exits the process. */
export function bakeStep(): Promise<never> {
  return runInProcess(BAKE);
}

/** Runs the step of the rehearse action and exits the process. */
export function rehearseStep(): Promise<never> {
  return runInProcess(REHEARSE);
}

/** The work of a bake, in AWS or on the local cloud. */
interface BakeStepRun extends StepRun<ActionInputs> {
  readonly rehearsal: boolean;
}

/** A bake with a directory for its files, absolute: package lists and results of tests. */
interface BakeWithFiles extends BakeStepRun {
  readonly files: string;
}

/** Reads the template and bakes it. Writes outputs, summary and comment also after a failure. Returns the exit code. */
async function bakeAndReport(step: BakeStepRun): Promise<number> {
  const directory = step.environment.temporaryDirectory ?? tmpdir();
  const run: BakeWithFiles = { ...step, files: join(directory, `bake-ami-${randomUUID().slice(0, 8)}`) };
  const collected = reportCollector(run.secrets, actionWords(run.environment));
  let local: OpenLocal | undefined;
  let prepared: PreparedTemplate | undefined;
  let succeeded = false;
  const notes = openNotes(run.rehearsal ? undefined : run.env.GITHUB_STATE);
  const save = (text: BakeNotes) => run.attempt("the notes for the post step", () => notes.save(text));
  await save({ bake: "started" });
  try {
    try {
      if (run.rehearsal) local = await openRehearsal(run);
      prepared = await prepare(run, collected);
      if (prepared.plan && !hasErrors(prepared.diagnostics)) succeeded = await bake(run, prepared, collected);
    } catch (error) {
      complain(toDiagnostic(error), run, collected);
    }
    run.log.end();
    const recorded = local?.recorded() ?? [];
    for (const line of recordedLines(recorded)) run.log.line(line);
    // Outputs are set first: a process that is killed while it writes the comment has set them.
    const results = await run.attempt("the results of the tests", () =>
      writeTestResults(redactDeep(testedBuilds(collected.redacted()), run.secrets), "test-results.xml", run.files),
    );
    if (results !== undefined) run.log.line(`Test results: ${results}`);
    await run.setOutputs(outputsOf(collected.exact(), results));
    await save(await writeDocuments(collected.redacted(), prepared, { ...run, recorded: recorded.length }));
  } catch (error) {
    // The summary has this error: post must not report a killed bake.
    await save({ bake: "reported" });
    throw error;
  } finally {
    await local?.close();
  }
  return succeeded ? 0 : 1;
}

/** Starts the local cloud. Later steps of the job use the same state. */
function openRehearsal({ engine: parts, environment, inputs, log }: BakeStepRun): Promise<OpenLocal> {
  const { temporaryDirectory } = environment;
  return parts.openLocal({
    stateDirectory: temporaryDirectory === undefined ? undefined : join(temporaryDirectory, "bake-ami-local"),
    machines: "sandboxes",
    windows: inputs.localWindows,
    policy: inputs.localPolicy === undefined ? undefined : resolve(inputs.request.workingDirectory, inputs.localPolicy),
    onNotice: log.line,
  });
}

async function prepare(run: BakeStepRun, collected: ReportCollector): Promise<PreparedTemplate> {
  const { request } = run.inputs;
  checkWorkingDirectory(request.workingDirectory);
  const prepared = await run.engine.prepare(request, { purpose: "build", mask: run.mask });
  run.quote(prepared.sources, request.workingDirectory);
  for (const diagnostic of prepared.diagnostics) complain(diagnostic, run, collected);
  return prepared;
}

function complain(diagnostic: Diagnostic, { log }: BakeStepRun, collected: ReportCollector): void {
  log.annotate(diagnostic);
  collected.listener({ type: "diagnostic", diagnostic, at: Date.now() });
}

async function bake(run: BakeWithFiles, { plan }: PreparedTemplate, collected: ReportCollector): Promise<boolean> {
  const { inputs, log, secrets, environment, env, rehearsal } = run;
  if (!plan) return false;
  const { runId, attempt, repository } = environment;
  const result = await run.engine.bake(plan, inputs.request, {
    owner: { runId, attempt, repository },
    listeners: [redacting(log.listener, secrets), collected.listener],
    secrets,
    ledger: ledgerOf(run),
    packageDirectory: run.files,
    ask: undefined,
    credentials: stateVault(rehearsal ? undefined : env.GITHUB_STATE, run.mask),
  });
  return result.outcome === "succeeded";
}

function ledgerOf({ rehearsal, env }: BakeStepRun): LedgerSink {
  if (rehearsal) return { append: () => {} };
  if (env.GITHUB_STATE) return stateLedger(env.GITHUB_STATE);
  throw new BakeError("GITHUB_STATE is not set, so the post step could not remove resources after a crash", {
    code: "no-state-file",
    hint: "Run the action on a GitHub runner, or run bake-ami build on the command line.",
  });
}
