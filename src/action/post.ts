import { setMaxListeners } from "node:events";
import type { Diagnostic } from "../core/diagnostics.js";
import { FINISHED, type LedgerEntry, type LedgerSink, replay } from "../core/ledger.js";
import type { Engine, EngineSetting, LeftBehind } from "../engine/api.js";
import { resourceUrl } from "../report/markdown/console-links.js";
import { releaseSummary } from "../report/markdown/step-summaries.js";
import { redactDeep, redacting } from "../report/redact.js";
import type { RemainingReport } from "../report/report.js";
import type { RoleInputs } from "./inputs/account.js";
import { readInputs } from "./inputs/inputs.js";
import { ledgerFromState, notesFromState, stateLedger, vaultFromState } from "./state.js";
import { type ActionStep, runInProcess, type StepRun } from "./step.js";

/** All post steps of a job together have about 4 minutes 45 seconds. */
const PATIENCE = 4 * 60_000;

/** What post needs of the inputs of the main step: wrong ones were reported there. */
interface PostInputs {
  readonly role: RoleInputs | undefined;
}

type PostRun = StepRun<PostInputs, Pick<Engine, "release">>;

/** The Action's post step: releases what the ledger still holds. Loads no builder, no template, no SSH. */
export const POST: ActionStep<PostInputs, Pick<Engine, "release">> = {
  readInputs: (env, workspace) => {
    const read = readInputs(env, workspace);
    return { ok: true, inputs: { role: read.ok ? read.inputs.role : undefined }, warnings: [] };
  },
  engine: (setting) => ({
    release: async (run) => (await import("../engine/release.js")).releaseRecords(run, withPatience(setting)),
  }),
  name: () => "Release of resources",
  outputs: {},
  work: releaseOpen,
};

/** Runs the Action's post step. Ends the process. */
export function postStep(): Promise<never> {
  return runInProcess(POST);
}

function withPatience(setting: EngineSetting): EngineSetting {
  const { interruption } = setting;
  const signal = AbortSignal.any([interruption.signal, AbortSignal.timeout(PATIENCE)]);
  setMaxListeners(0, signal);
  return { ...setting, interruption: { ...interruption, signal } };
}

/** Releases what is open in the state's ledger, and reports it in log and summary. Returns the exit code. */
async function releaseOpen(run: PostRun): Promise<number> {
  const { env, log, secrets } = run;
  const entries = replay(ledgerFromState(env));
  const kept = entries.filter((entry) => entry.state === "kept" && entry.why !== FINISHED).map(keptReport);
  for (const { kind, id, region, why } of kept) {
    log.line(`Kept: ${kind} ${id}${region ? ` in ${region}` : ""}${why ? ` (${why})` : ""}`);
  }
  const open = entries.filter((entry) => entry.state === "open");
  const left = open.length > 0 ? await release(run) : [];
  if (open.length === 0) log.line("Nothing is left to release.");
  if (open.length > 0 || notesFromState(env).summary === undefined) {
    const summary = releaseSummary({
      released: open.length - left.length,
      remaining: redactDeep([...left, ...kept], secrets),
    });
    if (summary !== "") run.addSummary(summary);
  }
  return left.length > 0 ? 1 : 0;
}

/** Releases all that is open. Returns what could not be removed. */
async function release({ env, engine, log, secrets, mask }: PostRun): Promise<readonly RemainingReport[]> {
  const left = await engine.release({
    records: ledgerFromState(env),
    ledger: ledgerSink(env),
    listeners: [
      redacting((event) => {
        log.listener(event);
        if (event.type !== "resource" || event.action !== "released") return;
        log.line(`Released: ${event.kind} ${event.id}${event.region ? ` in ${event.region}` : ""}`);
      }, secrets),
    ],
    credentials: vaultFromState(env, mask),
  });
  for (const item of left) log.annotate(leftBehind(item));
  return left.map((item) => ({ action: "left", ...item }));
}

/** What could not be removed, with where to do it by hand. */
function leftBehind({ kind, id, region, why }: LeftBehind): Diagnostic {
  const page = region === undefined ? undefined : resourceUrl(kind, region, id);
  return {
    severity: "error",
    code: "left-behind",
    summary: `could not remove the ${kind} ${id}${region ? ` in ${region}` : ""}: ${why}`,
    hint: `Remove it by hand${page ? ` at ${page}` : ""}, or let bake-ami sweep remove it once it has expired.`,
  };
}

/** A second post of the same job (a rerun of steps) finds what this one released. */
function ledgerSink(env: Readonly<Record<string, string | undefined>>): LedgerSink {
  return env.GITHUB_STATE ? stateLedger(env.GITHUB_STATE, ledgerFromState(env).length) : { append: () => {} };
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
