import type { Agent } from "node:http";
import type { Clock } from "../../core/clock.js";
import type { Debug } from "../../core/debug.js";
import type { Narrator } from "../../core/events.js";
import type { AccountReference } from "../../core/ledger.js";
import type { Environment } from "../../core/surroundings.js";
import type { AwsAccount } from "./account.js";
import type { ServiceCallers } from "./clients.js";
import type { RequestToSign } from "./signature.js";

/** A session in an account. Clients are created, and their modules loaded, on first use. */
export interface AwsSession extends ServiceCallers {
  /** Region of the build. */
  readonly region: string;
  readonly clock: Clock;
  readonly debug: Debug;
  /** Returns the time of AWS in milliseconds since the epoch; before the first response, the time of this host. */
  serverNow(): number;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
  /** Returns the data to open the session again in a Region (default: the build's); without secrets. */
  reference(region?: string): AccountReference;
  /**
   * Returns the environment for child processes: AWS_ACCESS_KEY_ID, …, AWS_REGION. Undefined removes a variable: of another set of
   * credentials nothing may be left.
   */
  environment(): Promise<Environment>;
  /** Returns the account, as `SessionAccount.find` does. From then on, `reference` has it. */
  account(signal?: AbortSignal): Promise<AwsAccount>;
  /** Returns the headers that sign a request for a service that has no client, with the current keys. */
  sign(request: RequestToSign): Promise<Readonly<Record<string, string>>>;
  /** Returns the address of such a request with its signature, which can be used for `seconds`. */
  presign(request: RequestToSign, seconds: number): Promise<URL>;
  /** Returns the agent of a connection to an address: it knows the proxies and certificate authorities of the run. */
  agentOf(url: URL): Agent;
  /** Returns when the keys expire, in milliseconds since the epoch; undefined if they do not expire or are renewed. */
  expiry(): Promise<number | undefined>;
  /** Returns the timeout of a wait in milliseconds: the wait's default, or that of `aws_polling` or its variables if longer. */
  longestWait(own: number): number;
  /** Closes idle connections. */
  close(): void;
}

/** The session, Region and abort signal of calls, and the narrator that reports the progress of waits. */
export interface CallScope {
  readonly session: AwsSession;
  readonly region: string;
  readonly signal: AbortSignal;
  readonly narrator?: Narrator | undefined;
}

/** Returns the same session with another main Region. Its `close` does nothing: the owner of the original closes it. */
export function sessionAt(session: AwsSession, region: string): AwsSession {
  return {
    ...session,
    region,
    ec2: (where = region) => session.ec2(where),
    ssm: (where = region) => session.ssm(where),
    secretsManager: (where = region) => session.secretsManager(where),
    ecr: (where = region) => session.ecr(where),
    autoScaling: (where = region) => session.autoScaling(where),
    json: (service, where = region) => session.json(service, where),
    reference: (where = region) => session.reference(where),
    close: () => undefined,
  };
}
