import { type Clock, throwIfAborted } from "../../core/clock.js";
import { messageOf } from "../../core/errors.js";
import { formatDuration } from "../../core/text.js";

/** How long all requests of a comment, with their repetitions, may take, in milliseconds. */
export const COMMENT_LIMIT = 30_000;

/** How long one request may take, in milliseconds: a request that is lost is repeated within the limit. */
const REQUEST_LIMIT = 10_000;

/** The time for a comment: all pages, all repetitions. */
export interface CommentBudget {
  readonly clock: Clock;
  /** Aborted at the end of the limit. */
  readonly signal: AbortSignal;
  /** In milliseconds. */
  readonly limit: number;
  /** The end of the limit, in milliseconds since the epoch. */
  readonly deadline: number;
  /** Called before a wait, with a text for the log. */
  onWait(text: string): void;
}

/** Starts the time for a comment; `limit` in milliseconds. */
export function startBudget(clock: Clock, onWait: (text: string) => void, limit = COMMENT_LIMIT): CommentBudget {
  const signal = AbortSignal.timeout(limit);
  return { clock, signal, limit, deadline: clock.now() + limit, onWait };
}

/** Returns the signal of one request. */
export function requestSignal(budget: Pick<CommentBudget, "signal">): AbortSignal {
  return AbortSignal.any([budget.signal, AbortSignal.timeout(REQUEST_LIMIT)]);
}

/**
 * Does the work again while GitHub refuses it for a time: rate limits (429, or 403 with their signs), 5xx, lost connections. It waits as
 * long as the response asks for (`Retry-After`, `x-ratelimit-reset`), otherwise 1, 2, 4 … seconds. Throws the last error at once when the
 * wait does not fit into the budget, and "no response" when the budget ends during a request.
 */
export async function repeatWithin<T>(budget: CommentBudget, work: () => Promise<T>): Promise<T> {
  const { clock, signal, deadline, limit } = budget;
  for (let pause = 1000; ; pause *= 2) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) throw new Error(`the GitHub API did not respond within ${formatDuration(limit)}`);
      const refusal = refusalOf(error, clock.now());
      const wait = refusal?.wait ?? pause;
      if (refusal === undefined || clock.now() + wait >= deadline) throw error;
      budget.onWait(`Comment: ${messageOf(error)}. Next try in ${formatDuration(wait)}`);
      await clock.sleep(wait, signal);
      throwIfAborted(signal);
    }
  }
}

/** A refusal that passes by itself. `limit`: one of GitHub's rate limits. `wait`: how long, in milliseconds, if the response says it. */
export interface Refusal {
  readonly limit: "primary" | "secondary" | undefined;
  readonly wait: number | undefined;
}

/**
 * Returns what kind of passing refusal an error of octokit is; undefined if it does not pass by itself. GitHub, "Rate limits for the REST
 * API": both limits are 403 or 429. The primary one has `x-ratelimit-remaining: 0`, the secondary one `retry-after` or its name in the
 * message. Errors of the connection have the status 500.
 */
export function refusalOf(error: unknown, now: number): Refusal | undefined {
  const status = property(error, "status");
  if (typeof status !== "number") return undefined;
  if (status >= 500) return { limit: undefined, wait: waitOf(error, now) };
  if (status !== 403 && status !== 429) return undefined;
  if (header(error, "x-ratelimit-remaining") === "0") return { limit: "primary", wait: waitOf(error, now) };
  const isNamed = /secondary rate limit|abuse detection/i.test(messageOf(error));
  const isSecondary = status === 429 || isNamed || header(error, "retry-after") !== undefined;
  return isSecondary ? { limit: "secondary", wait: waitOf(error, now) } : undefined;
}

/** `retry-after` is a number of seconds or a date; `x-ratelimit-reset` is in seconds since the epoch, and counts without remaining requests. */
function waitOf(error: unknown, now: number): number | undefined {
  const after = header(error, "retry-after");
  if (after !== undefined) {
    const wait = /^\d+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - now;
    if (!Number.isNaN(wait)) return Math.max(0, wait);
  }
  const reset = Number(header(error, "x-ratelimit-reset") ?? Number.NaN) * 1000;
  const isUsedUp = header(error, "x-ratelimit-remaining") === "0";
  return isUsedUp && !Number.isNaN(reset) ? Math.max(0, reset - now) : undefined;
}

function header(error: unknown, name: string): string | undefined {
  const value = property(property(property(error, "response"), "headers"), name);
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined;
}

function property(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}
