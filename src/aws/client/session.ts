import type { Clock } from "../../core/clock.js";
import type { Narrator } from "../../core/events.js";
import type { AccountReference } from "../../core/ledger.js";
import type { ServiceCallers } from "./clients.js";

/** One way into an account. Clients are made when first asked for; their modules are loaded then. */
export interface AwsSession extends ServiceCallers {
  /** Region of the build. */
  readonly region: string;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** How the account is reached again in a region (the build's, when none is given); without secrets. */
  reference(region?: string): AccountReference;
  /** What child processes need to reach the account: AWS_ACCESS_KEY_ID, …, AWS_REGION. */
  environment(): Promise<Readonly<Record<string, string>>>;
  /** Account id and ARN of the caller (STS GetCallerIdentity). */
  identity(): Promise<{ readonly account: string; readonly arn: string }>;
  /** When the keys end, in milliseconds since the epoch, where they end and are not renewed. */
  expiry(): Promise<number | undefined>;
  /** Longest time of a wait in milliseconds: the wait's own, or `aws_polling` and its environment where that is more. */
  longestWait(own: number): number;
  /** Closes idle connections. */
  close(): void;
}

/** Where calls go, what ends them, and who hears of the progress of waits. */
export interface CallScope {
  readonly session: AwsSession;
  readonly region: string;
  readonly signal: AbortSignal;
  readonly narrator?: Narrator | undefined;
}

/** The same way into the account with another region as its own; closing it is left to the one that opened it. */
export function sessionAt(session: AwsSession, region: string): AwsSession {
  return {
    ...session,
    region,
    ec2: (where = region) => session.ec2(where),
    ssm: (where = region) => session.ssm(where),
    secretsManager: (where = region) => session.secretsManager(where),
    ecr: (where = region) => session.ecr(where),
    autoScaling: (where = region) => session.autoScaling(where),
    reference: (where = region) => session.reference(where),
    close: () => undefined,
  };
}
