import { signalWithTimeout } from "../core/clock.js";
import { Cancelled, messageOf, toDiagnostic } from "../core/errors.js";
import type { PartContext } from "../core/parts.js";
import type { OnError } from "../core/settings.js";
import { type BuildRun, buildData, openEntries, provisionerSurroundings, releaseAll } from "./build-run.js";
import { provision } from "./provision.js";

/** Time limit of error-cleanup provisioners, in milliseconds. */
const ERROR_CLEANUP_LIMIT = 10 * 60_000;

/**
 * Cleans up after a failed builder: runs its error-cleanup provisioner, then releases its resources unless `-on-error` keeps them.
 * After an abort, all resources are released.
 */
export async function cleanUpFailure(error: unknown, run: BuildRun): Promise<void> {
  const { parts, context, releases } = run;
  const cancelled = error instanceof Cancelled || parts.signal.aborted;
  const { onError } = parts.settings;
  if (!cancelled && onError !== "abort") await runErrorCleanup(run);
  const decision = cancelled ? "cleanup" : await decideOnError(error, onError, context).catch(() => "cleanup" as const);
  if (decision === "cleanup") return releaseAll(run);
  const [sessions, kept] = partition(openEntries(run), ({ intent }) => intent.kind === "session");
  for (const entry of kept) {
    parts.ledger.kept(entry.intent.key, `on-error ${onError}`);
    const { kind, account, name } = entry.intent;
    context.narrator.emit({
      type: "resource",
      action: "kept",
      kind,
      id: entry.id ?? name ?? "?",
      region: account?.region,
      why: `on-error is ${onError}`,
    });
    if (kind === "instance" && entry.id !== undefined)
      context.narrator.message(`To open a shell in it, run: bake-ami shell -region=${account?.region} ${entry.id}`);
  }
  await releases.unwind(parts.releaseSignal);
  // A session is of no use without this process.
  if (sessions.length > 0) await parts.release(sessions, context, parts.releaseSignal);
}

function partition<T>(all: readonly T[], isFirst: (each: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(isFirst), all.filter((each) => !isFirst(each))];
}

/** Runs the error-cleanup provisioner while the machine is reachable (Packer §1.7, appendix A). */
async function runErrorCleanup(run: BuildRun): Promise<void> {
  const { build, parts, context, machine } = run;
  if (!build.errorCleanup || !machine?.reachable()) return;
  context.narrator.say("Running the error-cleanup provisioner...");
  const { clock } = parts.surroundings;
  const limited = signalWithTimeout(parts.releaseSignal, ERROR_CLEANUP_LIMIT, clock, () => new Cancelled());
  try {
    const surroundings = { ...provisionerSurroundings(run), signal: limited.signal };
    await provision([build.errorCleanup], machine, buildData(run), surroundings);
  } catch (error) {
    context.narrator.emit({ type: "diagnostic", diagnostic: { ...toDiagnostic(error), severity: "warning" } });
  } finally {
    limited.done();
  }
}

/** What to do with the resources of a failed build. */
type ErrorDecision = "cleanup" | "keep";

/**
 * Decides by `-on-error` (Packer §7.1). Without a terminal `ask` cleans up with a warning: a CI job must not wait for input.
 */
async function decideOnError(error: unknown, onError: OnError, context: PartContext): Promise<ErrorDecision> {
  if (onError === "cleanup") return "cleanup";
  if (onError !== "ask") return "keep";
  const { ask } = context.surroundings;
  if (!context.settings.interactive || !ask) {
    context.narrator.warn({
      code: "cannot-ask",
      summary: '"on-error" is "ask", but there is no terminal: cleaning up',
      hint: 'Set "on-error" to "abort" to keep the resources of a failed build.',
    });
    return "cleanup";
  }
  const answer = await ask(
    `Build '${context.identity.name}' failed: ${messageOf(error)}\n[c] Clean up and exit, [a] abort without cleanup: `,
    context.signal,
  );
  return answer.trim().toLowerCase() === "a" ? "keep" : "cleanup";
}
