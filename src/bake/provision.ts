import { abortReason, signalWithTimeout, throwIfAborted } from "../core/clock.js";
import { BakeError, Cancelled, InvalidTemplate, messageOf, withRange } from "../core/errors.js";
import type { BuildData } from "../core/late.js";
import type { Machine, PartContext, ProvisionerContext } from "../core/parts.js";
import { formatDuration } from "../core/text.js";
import type { ProvisionerPlan } from "../plan/plan.js";

/** Context of provisioners. */
export type ProvisionerSurroundings = PartContext &
  Pick<ProvisionerContext, "ledger" | "childEnvironment"> & {
    /** Called with the error of the last provisioner: whether the machine ended as the template expects. */
    readonly isExpectedEnd?: ((error: unknown) => Promise<boolean>) | undefined;
  };

/**
 * Runs a build's provisioners in order (Packer §1.6). Unlike Packer, `pause_before` and `timeout` can be combined, and the error
 * after retries is the last one. Rejects with the error of the failed provisioner.
 */
export async function provision(
  plans: readonly ProvisionerPlan[],
  machine: Machine,
  data: BuildData,
  context: ProvisionerSurroundings,
): Promise<void> {
  const { clock, debug } = context.surroundings;
  for (const [index, plan] of plans.entries()) {
    throwIfAborted(context.signal);
    const began = clock.now();
    debug(() => `Provisioner ${index + 1} of ${plans.length} (${plan.kind.type})`);
    await debugPause(`provisioner ${index + 1} (${plan.kind.type})`, context);
    try {
      const isLast = index === plans.length - 1;
      await withRetries(plan, machine, data, isLast ? context : { ...context, isExpectedEnd: undefined });
      debug(() => `Provisioner ${index + 1} ended after ${clock.now() - began} ms`);
    } catch (error) {
      debug(() => `Provisioner ${index + 1} failed after ${clock.now() - began} ms: ${messageOf(error)}`);
      if (!plan.continueOnError || error instanceof Cancelled || context.signal.aborted) {
        throw withRange(error, plan.range);
      }
      context.narrator.warn({
        code: "provisioner-failed",
        summary: `Provisioner "${plan.kind.type}" failed (continue_on_error = true): ${messageOf(error)}`,
        range: plan.range,
      });
    }
  }
}

async function withRetries(
  plan: ProvisionerPlan,
  machine: Machine,
  data: BuildData,
  context: ProvisionerSurroundings,
): Promise<void> {
  for (let left = plan.maxRetries; ; left--) {
    try {
      return await once(plan, machine, data, context);
    } catch (error) {
      if (error instanceof Cancelled || context.signal.aborted) throw error;
      if (await context.isExpectedEnd?.(error)) return;
      if (left > 0) {
        context.narrator.say(`Provisioner failed with "${messageOf(error)}", retrying with ${left} trie(s) left`);
      } else if (!(await retryWanted(plan, error, context))) {
        throw error;
      }
    }
  }
}

async function once(
  plan: ProvisionerPlan,
  machine: Machine,
  data: BuildData,
  context: ProvisionerSurroundings,
): Promise<void> {
  const { narrator } = context;
  const { clock } = context.surroundings;
  const prepared = plan.prepare(data);
  if (!prepared.ok) throw new InvalidTemplate(prepared.diagnostics);
  for (const secret of prepared.secrets) narrator.secret(secret);
  if (plan.pauseBefore) {
    narrator.say(`Pausing ${formatDuration(plan.pauseBefore)} before the next provisioner...`);
    await clock.sleep(plan.pauseBefore, context.signal);
  }
  const { run } = await plan.kind.load();
  const { timeout } = plan;
  if (!timeout) return run(prepared.options, { ...context, machine, data, range: plan.range });
  narrator.say(`Setting a ${formatDuration(timeout)} timeout for the next provisioner...`);
  const limited = signalWithTimeout(context.signal, timeout, clock, () => timedOut(plan, timeout));
  try {
    await run(prepared.options, { ...context, machine, data, range: plan.range, signal: limited.signal });
  } catch (error) {
    // Whatever error the provisioner throws after the abort, the reason is the timeout.
    throw limited.signal.aborted && !context.signal.aborted ? abortReason(limited.signal) : error;
  } finally {
    limited.done();
  }
}

function timedOut(plan: ProvisionerPlan, timeout: number): Error {
  return new BakeError(`Provisioner "${plan.kind.type}" exceeded its timeout of ${formatDuration(timeout)}`, {
    code: "provisioner-timeout",
    hint: 'Increase "timeout", or check the last output for what the provisioner was waiting for.',
    range: plan.range,
  });
}

/** With `-on-error=ask`, asks whether to run the failed provisioner again. */
async function retryWanted(plan: ProvisionerPlan, error: unknown, context: ProvisionerSurroundings): Promise<boolean> {
  const { ask } = context.surroundings;
  if (context.settings.onError !== "ask" || !context.settings.interactive || !ask) return false;
  const answer = await ask(
    `Provisioner "${plan.kind.type}" failed: ${messageOf(error)}\n[r] Retry the provisioner, any other key cleans up: `,
    context.signal,
  );
  return answer.trim().toLowerCase() === "r";
}

/** With `-debug`, waits for Enter before each provisioner; returns at once without a terminal. */
async function debugPause(what: string, context: ProvisionerSurroundings): Promise<void> {
  const { ask } = context.surroundings;
  if (!context.settings.debug || !context.settings.interactive || !ask) return;
  await ask(`Pausing before ${what}. Press enter to continue.`, context.signal);
}
