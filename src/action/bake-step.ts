import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Diagnostic, hasErrors } from "../core/diagnostics.js";
import { BakeError, toDiagnostic } from "../core/errors.js";
import type { LedgerSink } from "../core/ledger.js";
import type { Engine, PreparedTemplate } from "../engine/api.js";
import { type ReportCollector, reportCollector } from "../report/collector.js";
import { outputsOf } from "../report/outputs.js";
import type { Redactor } from "../report/redact.js";
import { redacting } from "../report/redacting.js";
import { factsOf, writeDocuments } from "./documents.js";
import type { GitHubEnvironment } from "./environment.js";
import { masker } from "./face.js";
import { writeOutputs } from "./file-commands.js";
import type { ActionInputs } from "./inputs/inputs.js";
import type { ActionLog } from "./log.js";
import { webIdentityOf } from "./role.js";
import { saveNotes, stateLedger, stateVault } from "./state.js";

/** A resource of a run on a runner may be swept after this time, in milliseconds: longer than any hosted job. */
const EXPIRY = 24 * 3_600_000;

/** What a step of the Action works with. */
export interface Step {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly environment: GitHubEnvironment;
  readonly inputs: ActionInputs;
  readonly log: ActionLog;
  readonly secrets: Redactor;
  readonly parts: Engine;
  /** On the local cloud: nothing is in AWS, and nothing is left for post. */
  readonly rehearsal: boolean;
  /** Told once the template is read, for excerpts in annotations. */
  onPrepared(prepared: PreparedTemplate): void;
}

/** Reads the template, bakes it, and tells: outputs, summary, comment, also when something failed. Answers the exit code. */
export async function runStep(step: Step): Promise<number> {
  const collected = reportCollector(step.secrets);
  let prepared: PreparedTemplate | undefined;
  let succeeded = false;
  try {
    prepared = await prepare(step, collected);
    if (prepared.plan && !hasErrors(prepared.diagnostics)) succeeded = await bake(step, prepared, collected);
  } catch (error) {
    complain(toDiagnostic(error), step, collected);
  }
  step.log.end();
  await tell(step, prepared, collected);
  return succeeded ? 0 : 1;
}

function refuseMissingFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new BakeError(`the working-directory is no folder: '${folder}'`, {
    code: "no-working-directory",
    hint: "It starts from the workspace: check out the repository before this step.",
  });
}

async function prepare(step: Step, collected: ReportCollector): Promise<PreparedTemplate> {
  refuseMissingFolder(step.inputs.request.workingDirectory);
  const prepared = await step.parts.prepare(step.inputs.request, { purpose: "build" });
  const mask = masker(step.log, step.secrets);
  for (const secret of prepared.secrets) mask(secret);
  step.onPrepared(prepared);
  for (const diagnostic of prepared.diagnostics) complain(diagnostic, step, collected);
  return prepared;
}

function complain(diagnostic: Diagnostic, step: Step, collected: ReportCollector): void {
  step.log.annotate(diagnostic);
  collected.listener({ type: "diagnostic", diagnostic, at: Date.now() });
}

async function bake(step: Step, { plan }: PreparedTemplate, collected: ReportCollector): Promise<boolean> {
  const { inputs, log, secrets, environment, env, parts } = step;
  if (!plan) return false;
  const mask = masker(log, secrets);
  const webIdentity = webIdentityOf(inputs.role, environment, env, mask);
  const { runId, attempt, repository } = environment;
  const result = await parts.bake(plan, inputs.request, {
    ownership: { runId, attempt, repository, expiresAt: Date.now() + EXPIRY },
    listeners: [redacting(log.listener, secrets), collected.listener],
    ledger: ledgerOf(step),
    packageFolder: join(environment.temporaryFolder ?? tmpdir(), `bake-ami-${randomUUID().slice(0, 8)}`),
    credentials: stateVault(step.rehearsal ? undefined : env.GITHUB_STATE, mask),
    webIdentity,
  });
  return result.outcome === "succeeded";
}

/** Outputs first: they are there whatever comes after. */
async function tell(step: Step, prepared: PreparedTemplate | undefined, collected: ReportCollector): Promise<void> {
  const { env, environment, inputs, log, secrets, rehearsal } = step;
  await writeOutputs(env.GITHUB_OUTPUT, outputsOf(collected.exact()));
  const facts = factsOf(inputs.request, prepared, environment, rehearsal, secrets);
  await writeDocuments(collected.redacted(), facts, inputs, environment, env.GITHUB_STEP_SUMMARY, log);
  saveNotes(env.GITHUB_STATE, { summary: "written" });
}

function ledgerOf(step: Step): LedgerSink {
  if (step.rehearsal) return { append: () => {} };
  if (step.env.GITHUB_STATE) return stateLedger(step.env.GITHUB_STATE);
  throw new BakeError("GITHUB_STATE is not set, so nothing could be released after a crash", {
    code: "no-state-file",
    hint: "Run the Action on a GitHub runner, or use the command line: bake-ami build.",
  });
}
