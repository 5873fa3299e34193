import type { $Command } from "@aws-sdk/client-ec2";
import type { MetadataBearer, OperationSchema, StaticOperationSchema } from "@smithy/types";
import { abortReason, type Clock, throwIfAborted, unlessAborted } from "../../core/clock.js";
import type { Debug } from "../../core/debug.js";
import { BakeError } from "../../core/errors.js";
import { logAttempt } from "./attempt-log.js";
import { withDeadline } from "./deadline.js";
import { isUnopened, type ServiceEndpoint, type SessionEndpoints } from "./endpoint.js";
import { AwsError, hasResponse, isClockCorrected, toAwsError } from "./errors.js";
import type { Pace, Turn } from "./pace.js";
import { limitResponses } from "./response-limit.js";

/** Sends the commands of one service in one Region: with rate limit, timeout, retries and classified errors. */
export interface Caller<In extends object, Out extends MetadataBearer, Config> {
  readonly region: string;
  /** Rejects with an `AwsError`, or with the signal's reason when it is aborted. */
  send<I extends In, O extends Out>(
    command: $Command<I, O, Config, In, Out>,
    signal?: AbortSignal,
    lostResponse?: LostResponse,
  ): Promise<O>;
}

/**
 * What happens when the response of a call is lost: it is sent again unless set, or the error is reported, for a call that would create
 * a second resource.
 */
export type LostResponse = "repeat" | "report";

/** How calls behave; times in milliseconds. */
export interface CallSettings {
  readonly clock: Clock;
  readonly debug: Debug;
  /** Returns a number in [0, 1) for the jitter of the backoff. */
  readonly random: () => number;
  /** Timeout of one attempt. */
  readonly deadline: number;
  /** Attempts of one call, including the first (`max_retries`). */
  readonly attempts: number;
  /** Time after the first failed attempt, without the waits for the rate limit, after which a call is not retried. */
  readonly budget: number;
  /** Resolves when valid credentials are available: fetching them has its own time limits. Rejects with the error to report. */
  ready(): Promise<void>;
  /** Renews the credentials after ExpiredToken. Returns whether a retry can succeed. */
  renew(): Promise<boolean>;
  /** Makes an error readable, e.g. decodes an authorization message. */
  explain(error: AwsError): Promise<AwsError>;
  readonly endpoints: SessionEndpoints;
  /** Called with an error before the call is retried. */
  readonly onRetry?: ((error: unknown) => void) | undefined;
}

/** The part of an SDK client that is used here. */
export interface SdkClient<In extends object, Out extends MetadataBearer, Config> {
  send<I extends In, O extends Out>(
    command: $Command<I, O, Config, In, Out>,
    options?: { readonly abortSignal?: AbortSignal },
  ): Promise<O>;
}

/** First pause after a throttled call and after another retried failure, and the longest pause; milliseconds. */
const THROTTLED_PAUSE = 500;
const TRANSIENT_PAUSE = 150;
const LONGEST_PAUSE = 20_000;

/** Time during which a connection that cannot be opened is repeated if its address has never responded, in milliseconds. */
const UNREACHED_BUDGET = 3000;

/** Attempts that are repeated because the clock of this host is wrong: once, and once again with the client for renewed keys. */
const MOST_CORRECTIONS = 2;

/** The service, Region and rate limit of a client's calls. */
export interface CallTarget {
  /** The service prefix of IAM actions: `ec2`, `secretsmanager`. */
  readonly service: string;
  readonly region: string;
  readonly pace: Pace;
  readonly endpoint: ServiceEndpoint;
}

/** Returns a caller for a client. `client` is called for each attempt, because renewed credentials need a new client. */
export function createCaller<In extends object, Out extends MetadataBearer, Config>(
  target: CallTarget,
  client: () => SdkClient<In, Out, Config>,
  settings: CallSettings,
): Caller<In, Out, Config> {
  const attempts = createAttempts(target, settings);
  return {
    region: target.region,
    send: (command, signal, lostResponse) =>
      attempts(
        {
          operation: operationOf(command),
          lostResponse,
          attempt: (abortSignal) => client().send(command, { abortSignal }),
        },
        signal,
      ),
  };
}

/** One call. */
interface Call<T> {
  /** `RunInstances`. */
  readonly operation: string;
  /** Sends it once. The signal ends the attempt. */
  attempt(signal: AbortSignal): Promise<T>;
  readonly lostResponse?: LostResponse | undefined;
}

/** Repeats the attempts of a call as `Caller.send` does. */
type Attempts = <T extends MetadataBearer>(call: Call<T>, signal: AbortSignal | undefined) => Promise<T>;

/** Returns how the calls of one service in one Region are sent: with rate limit, timeout, retries and classified errors. */
export function createAttempts({ service, region, pace, endpoint }: CallTarget, settings: CallSettings): Attempts {
  return async ({ operation, attempt: attemptOnce, lostResponse }, signal) => {
    const call = { service, region, operation };
    const began = settings.clock.now();
    let until: number | undefined;
    let renewed = false;
    let corrections = 0;
    let lost = false;
    let turn: Turn | undefined;
    for (let attempt = 1; ; attempt++) {
      throwIfAborted(signal);
      await unlessAborted(settings.ready(), signal);
      try {
        const queued = settings.clock.now();
        turn = await pace.wait(signal);
        // The queue is this run's own. In a throttled account, it alone can be longer than the budget.
        if (until !== undefined) until += settings.clock.now() - queued;
        const response = await logAttempt(settings, { ...call, attempt }, () =>
          withDeadline(settings, signal, (ending) => limitResponses(() => attemptOnce(ending))),
        );
        endpoint.responded = true;
        return response;
      } catch (thrown) {
        if (signal?.aborted) throw abortReason(signal);
        if (thrown instanceof BakeError && !(thrown instanceof AwsError)) throw thrown;
        const error = toAwsError(thrown, call);
        endpoint.responded ||= hasResponse(thrown);
        if (!endpoint.responded && isUnopened(thrown) && settings.clock.now() >= began + UNREACHED_BUDGET)
          throw settings.endpoints.unreachable(error);
        if (isClockCorrected(thrown) && corrections++ < MOST_CORRECTIONS) continue;
        error.afterLostResponse = lost;
        lost ||= error.failure === "transient";
        if (error.failure === "throttled") turn?.refused();
        if (error.failure === "expired" && !renewed && (await settings.renew())) {
          renewed = true;
          continue;
        }
        until ??= settings.clock.now() + settings.budget;
        const isLost = error.failure === "transient" && lostResponse === "report" && !isUnopened(thrown);
        const retried = (error.failure === "throttled" || error.failure === "transient") && !isLost;
        if (!retried || attempt >= settings.attempts || settings.clock.now() >= until)
          throw await settings.explain(error);
        settings.onRetry?.(error);
        const wait = pause(error, attempt, settings.random());
        settings.debug(() => `${service}:${operation} is retried in ${Math.round(wait)} ms: ${error.failure}`);
        await settings.clock.sleep(wait, signal);
      }
    }
  };
}

/** Returns the pause before the next attempt in milliseconds: exponential backoff with jitter. */
function pause(error: AwsError, attempt: number, random: number): number {
  const first = error.failure === "throttled" ? THROTTLED_PAUSE : TRANSIENT_PAUSE;
  return Math.min(LONGEST_PAUSE, first * 2 ** (attempt - 1)) * (0.5 + 0.5 * random);
}

/** Returns `RunInstances` for a `RunInstancesCommand`. It reads the schema, because minifiers change class names. */
function operationOf(command: { readonly schema?: OperationSchema | StaticOperationSchema | undefined }): string {
  const { schema } = command;
  if (schema === undefined) return "call";
  return isStatic(schema) ? schema[2] : schema.name;
}

function isStatic(schema: OperationSchema | StaticOperationSchema): schema is StaticOperationSchema {
  return Array.isArray(schema);
}
