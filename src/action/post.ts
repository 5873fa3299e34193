import { setMaxListeners } from "node:events";
import type { LeftBehind } from "../cleanup/release.js";
import type { Diagnostic } from "../core/diagnostics.js";
import { toDiagnostic } from "../core/errors.js";
import { type LedgerEntry, type LedgerSink, replay } from "../core/ledger.js";
import { type Interruption, interruptible, RUNNER_DEADLINES } from "../engine/interruption.js";
import { exitWith, outliveReaders, quietWarnings, useCompileCache } from "../engine/process.js";
import { resourceUrl } from "../report/markdown/console-links.js";
import { releaseSummary } from "../report/markdown/release.js";
import { type Redactor, redactDeep, redactor } from "../report/redact.js";
import { redacting } from "../report/redacting.js";
import type { RemainingReport } from "../report/report.js";
import { type GitHubEnvironment, readEnvironment } from "./environment.js";
import { masker, stepLog } from "./face.js";
import { writeSummary } from "./file-commands.js";
import { readInputs } from "./inputs/inputs.js";
import type { ActionLog } from "./log.js";
import { webIdentityOf } from "./role.js";
import { ledgerFromState, notesFromState, stateLedger, vaultFromState } from "./state.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** All post steps of a job together have about 4 minutes 45 seconds. */
const PATIENCE = 4 * 60_000;

/** Why the ledger keeps an image that is what the bake was for. */
const FINISHED = "finished";

/** What post works with. */
export interface PostStep {
  readonly env: Environment;
  readonly environment: GitHubEnvironment;
  readonly log: ActionLog;
  readonly secrets: Redactor;
  readonly interruption: Interruption;
}

/** The Action's post step: releases what the ledger still holds. Loads no builder, no template, no SSH. Ends the process. */
export async function post(): Promise<void> {
  const env = { ...process.env };
  useCompileCache(env);
  quietWarnings();
  outliveReaders();
  const environment = readEnvironment(env, process.cwd());
  const secrets = redactor();
  const log = stepLog(environment, environment.workspace, () => [], secrets);
  const interruption = interruptible(process, RUNNER_DEADLINES, log.line, () => process.exit(1));
  let code = 1;
  try {
    code = await releaseAndTell({ env, environment, log, secrets, interruption });
  } catch (error) {
    log.annotate(toDiagnostic(error));
  }
  log.end();
  interruption.stop();
  await exitWith(code);
}

/** Releases what is open in the state's ledger, and tells log and summary; answers the exit code. */
export async function releaseAndTell(step: PostStep): Promise<number> {
  const { env, log, secrets } = step;
  const entries = replay(ledgerFromState(env));
  const kept = entries.filter((entry) => entry.state === "kept" && entry.why !== FINISHED).map(keptReport);
  for (const { kind, id, region, why } of kept) {
    log.line(`Kept: ${kind} ${id}${region ? ` in ${region}` : ""}${why ? ` (${why})` : ""}`);
  }
  const open = entries.filter((entry) => entry.state === "open");
  const left = open.length > 0 ? await release(step) : [];
  if (open.length === 0) log.line("Nothing is left to release.");
  if (open.length > 0 || notesFromState(env).summary === undefined) {
    writeSummary(
      env.GITHUB_STEP_SUMMARY,
      releaseSummary(open.length - left.length, redactDeep([...left, ...kept], secrets)),
    );
  }
  return left.length > 0 ? 1 : 0;
}

/** Releases all that is open; answers what could not be removed. */
async function release({
  env,
  environment,
  log,
  secrets,
  interruption,
}: PostStep): Promise<readonly RemainingReport[]> {
  const mask = masker(log, secrets);
  const read = readInputs(env, environment.workspace);
  const webIdentity = read.ok ? webIdentityOf(read.inputs.role, environment, env, mask) : undefined;
  const signal = AbortSignal.any([interruption.signal, AbortSignal.timeout(PATIENCE)]);
  setMaxListeners(0, signal);
  const { releaseRecords } = await import("../engine/release.js");
  const left = await releaseRecords(
    {
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
      webIdentity,
    },
    { env, interruption: { ...interruption, signal }, startedAt: new Date() },
  );
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
function ledgerSink(env: Environment): LedgerSink {
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
