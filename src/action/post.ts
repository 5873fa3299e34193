import { setMaxListeners } from "node:events";
import { readFileSync } from "node:fs";
import type { Diagnostic } from "../core/diagnostics.js";
import { FINISHED, isResource, type LedgerEntry, type LedgerSink, replay } from "../core/ledger.js";
import type { LedgerProblem } from "../core/ledger-records.js";
import type { Engine, EngineSetting, LeftBehind } from "../engine/api.js";
import { imageOf } from "../engine/request.js";
import { resourceUrl } from "../report/markdown/console-links.js";
import { imagePath } from "../report/markdown/headings.js";
import { interruptedMarkdown, type ReleaseReport, releaseSummary } from "../report/markdown/step-summaries.js";
import { redactDeep, redacting } from "../report/redact.js";
import type { RemainingReport } from "../report/report.js";
import { type CommentTexts, publishComment } from "./comment/publish.js";
import { runUrl } from "./environment.js";
import type { RoleInputs } from "./inputs/account.js";
import { type ActionInputs, readInputs } from "./inputs/inputs.js";
import { ledgerFromState, notesFromState, stateLedger, vaultFromState } from "./state.js";
import { type ActionStep, runInProcess, type StepRun } from "./step.js";

/** Time limit in milliseconds. All post steps of a job together have about 4 minutes 45 seconds. */
const TIME_LIMIT = 4 * 60_000;

/** The inputs of the main step that the post step needs. Invalid ones were reported there. */
interface PostInputs {
  readonly role: RoleInputs | undefined;
  /** Undefined if they are invalid. */
  readonly bake: ActionInputs | undefined;
}

type PostRun = StepRun<PostInputs, Pick<Engine, "release">>;

/** The post step of the action: removes the open resources of the ledger. Loads no builder, no template and no SSH. */
export const POST: ActionStep<PostInputs, Pick<Engine, "release">> = {
  readInputs: (env, workspace) => {
    const read = readInputs(env, workspace);
    return {
      ok: true,
      inputs: { role: read.ok ? read.inputs.role : undefined, bake: read.ok ? read.inputs : undefined },
      warnings: [],
    };
  },
  engine: (setting) => ({
    release: async (run) => (await import("../engine/release.js")).releaseRecords(run, withTimeLimit(setting)),
  }),
  name: () => "Release of resources",
  outputs: {},
  work: releaseOpen,
};

/** Runs the post step of the action and exits the process. */
export function postStep(): Promise<never> {
  return runInProcess(POST);
}

function withTimeLimit(setting: EngineSetting): EngineSetting {
  const { interruption } = setting;
  const signal = AbortSignal.any([interruption.signal, AbortSignal.timeout(TIME_LIMIT)]);
  setMaxListeners(0, signal);
  return { ...setting, interruption: { ...interruption, signal } };
}

/** Removes the open resources of the ledger, and reports them in log and summary. Returns the exit code. */
async function releaseOpen(run: PostRun): Promise<number> {
  const { env, log, secrets } = run;
  const { records, problems } = ledgerFromState(env);
  const entries = replay(records);
  const kept = entries.filter((entry) => entry.state === "kept" && entry.why !== FINISHED).map(keptReport);
  for (const { kind, id, region, why } of kept) {
    log.line(`Kept: ${kind} ${id}${region ? ` in ${region}` : ""}${why ? ` (${why})` : ""}`);
  }
  const open = entries.filter((entry) => entry.state === "open");
  const left = open.length > 0 ? await release(run) : [];
  const resources = open.filter(isResource);
  if (resources.length === 0) log.line("No resources to remove.");
  for (const problem of problems) log.annotate(unreadable(problem));
  await reportRelease(run, {
    released: resources.length - left.filter(({ kind }) => kind !== "lease").length,
    remaining: redactDeep([...left, ...kept], secrets),
  });
  return left.length + problems.length > 0 ? 1 : 0;
}

/** Returns the error for a record that cannot be read. Its resource, if it names one, is unknown here, but it has tags. */
function unreadable({ place, problem }: LedgerProblem): Diagnostic {
  return {
    severity: "error",
    code: "unreadable-record",
    summary: `The record "${place}" in the state of the action cannot be read: ${problem}`,
    hint: "All other resources were released. If this record names one, the sweep action removes it after it has expired.",
  };
}

/**
 * Adds the removed resources to the summary. After a killed or cancelled bake also writes the comment. It sets no outputs: the runner
 * ignores those of a post step.
 */
async function reportRelease(run: PostRun, release: ReleaseReport): Promise<void> {
  const { env } = run;
  const { bake, comment } = notesFromState(env);
  const added = release.released > 0 || release.remaining.some(({ action }) => action === "left");
  const released = added ? releaseSummary(release) : "";
  if (bake === "started") {
    const markdown = interrupted(run, "killed", release);
    run.addSummary(markdown);
    await writeComment(run, { markdown, content: markdown });
    return;
  }
  if (released !== "") run.addSummary(released);
  if (bake !== "cancelled") return;
  const saved = savedComment(comment);
  const markdown = saved
    ? [saved.markdown, ...(released === "" ? [] : [released])].join("\n\n")
    : interrupted(run, "cancelled", release);
  await writeComment(run, { markdown, content: markdown });
}

/** Returns the report of a bake that did not write its own. */
function interrupted({ inputs: { bake }, environment }: PostRun, how: "killed" | "cancelled", release: ReleaseReport) {
  const title = bake ? imagePath({ template: bake.request.template.path, image: imageOf(bake.request) }) : "Bake";
  return interruptedMarkdown(
    { title, how, runUrl: environment.repository === "" ? undefined : runUrl(environment) },
    release,
  );
}

/** Writes the comment of the bake, if its inputs request one. */
async function writeComment(run: PostRun, texts: CommentTexts): Promise<void> {
  const { inputs, environment, log, debug } = run;
  if (!inputs.bake) return;
  const commented = { inputs: inputs.bake, environment, log, debug, kind: "bake" as const };
  await run.attempt("the comment", () => publishComment(commented, texts));
}

/** Returns the comment that the main step saved; undefined if it saved none, or the file cannot be read. */
function savedComment(file: string | undefined): CommentTexts | undefined {
  if (file === undefined) return undefined;
  try {
    const saved: unknown = JSON.parse(readFileSync(file, "utf8"));
    const markdown = typeof saved === "object" && saved !== null && "markdown" in saved ? saved.markdown : undefined;
    return typeof markdown === "string" ? { markdown, content: markdown } : undefined;
  } catch {
    return undefined;
  }
}

/** Removes all open resources. Returns those that could not be removed. */
async function release({ env, engine, log, secrets, mask }: PostRun): Promise<readonly RemainingReport[]> {
  const left = await engine.release({
    records: ledgerFromState(env).records,
    ledger: ledgerSink(env),
    whenAccountUnknown: "continue",
    listeners: [
      redacting((event) => {
        log.listener(event);
        if (event.type !== "resource" || event.action !== "released") return;
        log.line(`Removed: ${event.kind} ${event.id}${event.region ? ` in ${event.region}` : ""}`);
      }, secrets),
    ],
    credentials: vaultFromState(env, mask),
  });
  for (const item of left) log.annotate(leftBehind(item));
  return left.map(({ kind, id, region, why }) => ({ action: "left", kind, id, region, why }));
}

/** Returns the error for a resource that could not be removed, with the page of the console. */
function leftBehind({ kind, id, region, why, hint }: LeftBehind): Diagnostic {
  const page = region === undefined ? undefined : resourceUrl(kind, region, id);
  return {
    severity: "error",
    code: "left-behind",
    summary: `Could not remove ${kind} ${id}${region ? ` in ${region}` : ""}: ${why}`,
    hint: hint
      ? `A step after the bake may have set other credentials. ${hint} With the input "role-to-assume", the post step uses the role of the bake. The sweep action, run in that account, removes the resource after it has expired.`
      : `Remove it manually${page ? ` at ${page}` : ""}, or run the sweep action after it has expired.`,
  };
}

/** Returns the ledger of the state, so that a second post step of the same job knows the removed resources. */
function ledgerSink(env: Readonly<Record<string, string | undefined>>): LedgerSink {
  return env.GITHUB_STATE ? stateLedger(env.GITHUB_STATE, ledgerFromState(env).count) : { append: () => {} };
}

function keptReport(entry: LedgerEntry): RemainingReport {
  const { intent, id, why } = entry;
  return {
    action: "kept",
    kind: intent.kind,
    id: id ?? intent.name ?? intent.key,
    region: intent.account?.region,
    why,
  };
}
