import { join } from "node:path";
import { type Diagnostic, hasErrors } from "../core/diagnostics.js";
import { Cancelled, toDiagnostic } from "../core/errors.js";
import { plainLine } from "../core/plain.js";
import type { PlanPreview } from "../core/preview.js";
import type { OpenLocal, PreparedTemplate } from "../engine/api.js";
import { engine } from "../engine/engine.js";
import { imageOf } from "../engine/request.js";
import { type PlanReport, planComment, planContent, planSummary, problemsOfPlan } from "../report/markdown/plan.js";
import { planDocument } from "../report/plan-json.js";
import { decisionText, planLine } from "../report/plan-phrases.js";
import { redactDeep, redacting, redactPlan } from "../report/redact.js";
import { inWords, planInWords } from "../report/wording.js";
import { publishComment } from "./comment/publish.js";
import { factsOf } from "./documents.js";
import { type PlanInputs, readPlanInputs } from "./inputs/plan.js";
import { type ActionStep, runInProcess, type StepRun } from "./step.js";
import { actionWords } from "./words.js";
import { checkWorkingDirectory } from "./working-directory.js";

/** The step of `plan/action.yml`: reports what a bake would do, and creates nothing. */
export const PLAN: ActionStep<PlanInputs> = {
  readInputs: readPlanInputs,
  engine,
  name: () => "Plan",
  // Empty `changes`: not known.
  outputs: { changes: "", plan: "{}", "comment-url": "" },
  work: planAndReport,
};

/** Runs the step of the plan action and exits the process. */
export function planStep(): Promise<never> {
  return runInProcess(PLAN);
}

/** The advice for a pull request from a fork (GitHub, "Events that trigger workflows": pull requests from forks). */
const FORK_ADVICE =
  'Jobs of pull requests from forks get no credentials. Set the input "local" to true for them to compare with the local cloud of the job.';

type PlanRun = StepRun<PlanInputs>;

/** Writes outputs, summary and comment. Returns the exit code: 1 if there is no plan, or if the bake would fail. */
async function planAndReport(run: PlanRun): Promise<number> {
  const { inputs, environment, log, secrets } = run;
  const { plan: found, prepared, problems: all } = await readAndPlan(run);
  const words = actionWords(environment);
  const plan = found && planInWords(found, words);
  const problems = redactDeep(all, secrets).map((each) => inWords(each, words));
  for (const problem of problemsOfPlan({ preview: found, problems: all })) log.annotate(problem);
  if (plan) {
    const readable = redactPlan(plan, secrets, false);
    for (const build of readable.builds) log.line(plainLine(`${build.identity.name}: ${decisionText(build)}`));
    log.line(`Plan: ${planLine(plan)}.`);
    const facts = { template: inputs.request.template.path, image: imageOf(inputs.request), problems };
    const document = planDocument(redactPlan(plan, secrets, true), facts);
    // The URL is set again when there is a comment: the last value counts.
    await run.setOutputs({ changes: String(plan.changes), plan: JSON.stringify(document), "comment-url": "" });
  }
  log.end();
  const advice = environment.pullRequest?.fork === true ? FORK_ADVICE : undefined;
  await writeDocuments({ preview: plan && redactPlan(plan, secrets, false), problems, advice }, prepared, run);
  return plan && !plan.builds.some((build) => hasErrors(build.problems)) ? 0 : 1;
}

/** A plan, or why there is none. */
interface Planned {
  /** Undefined if the template has errors, or could not be read. */
  readonly plan: PlanPreview | undefined;
  readonly prepared: PreparedTemplate | undefined;
  /** Warnings and errors outside the builds. */
  readonly problems: readonly Diagnostic[];
}

/** Reads the template and plans it. An error is a problem, so that the comment has it; rejects only when the run is cancelled. */
async function readAndPlan(run: PlanRun): Promise<Planned> {
  const { request, local: isLocal } = run.inputs;
  let local: OpenLocal | undefined;
  let prepared: PreparedTemplate | undefined;
  try {
    checkWorkingDirectory(request.workingDirectory);
    if (isLocal) local = await openLocal(run);
    prepared = await run.engine.prepare(request, { purpose: "preview", mask: run.mask });
    run.quote(prepared.sources, request.workingDirectory);
    return { plan: await preview(prepared, run), prepared, problems: prepared.diagnostics };
  } catch (error) {
    if (error instanceof Cancelled) throw error;
    return { plan: undefined, prepared, problems: [...(prepared?.diagnostics ?? []), toDiagnostic(error)] };
  } finally {
    await local?.close();
  }
}

/** Starts the APIs of the local cloud, with the images that earlier steps of the job made in it. */
function openLocal({ engine: parts, environment, inputs, log }: PlanRun): Promise<OpenLocal> {
  const { temporaryDirectory } = environment;
  return parts.openLocal({
    stateDirectory: temporaryDirectory === undefined ? undefined : join(temporaryDirectory, "bake-ami-local"),
    machines: "none",
    windows: inputs.localWindows,
    policy: undefined,
    onNotice: log.line,
  });
}

/** Returns the plan; undefined if the template has errors. */
async function preview(prepared: PreparedTemplate, run: PlanRun): Promise<PlanPreview | undefined> {
  const { plan, unread } = prepared;
  if (!plan || hasErrors(prepared.diagnostics)) return undefined;
  const { runId, attempt, repository } = run.environment;
  return run.engine.preview(plan, run.inputs.request, {
    owner: { runId, attempt, repository },
    listeners: [redacting(run.log.listener, run.secrets)],
    secrets: run.secrets,
    unread,
  });
}

/** Writes the job summary, the comment and the output with its URL. */
async function writeDocuments(report: PlanReport, prepared: Planned["prepared"], run: PlanRun): Promise<void> {
  const facts = factsOf(prepared, { ...run, rehearsal: run.inputs.local, recorded: 0 });
  run.addSummary(planSummary(report, facts));
  const { mask } = run.secrets;
  const texts = { markdown: mask(planComment(report, facts)), content: mask(planContent(report, facts)) };
  const url = await run.attempt("the comment", () => publishComment({ ...run, kind: "plan" }, texts));
  if (url !== undefined) await run.setOutputs({ "comment-url": url });
}
