import { type Clock, signalWithTimeout, unlessAborted } from "../../core/clock.js";
import { BakeError } from "../../core/errors.js";
import { createdOnce, entryOf } from "../../core/per-run.js";
import type { CredentialSource } from "./credential-source.js";

/** An AWS account. */
export interface AwsAccount {
  /** Twelve digits. */
  readonly id: string;
  /** E.g. `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition: string;
}

/** Returns the account in the ARN of a role or of a caller (IAM identifiers: `arn:PARTITION:SERVICE::ACCOUNT:…`). */
export function accountOfArn(arn: string): AwsAccount | undefined {
  const [, partition, id] = /^arn:(aws[\w-]*):(?:iam|sts)::(\d{12}):/.exec(arn) ?? [];
  return partition === undefined || id === undefined ? undefined : { id, partition };
}

/** The account of a session. */
export interface SessionAccount {
  /** Returns the account if it is known: from the role that the session assumes, or after `find`. */
  known(): AwsAccount | undefined;
  /**
   * Returns the account. Asks STS once for each set of keys; with a role, no call is needed. Rejects with an `AwsError` when STS refuses
   * or does not respond within 20 seconds, and with the signal's reason when it is aborted.
   */
  find(signal?: AbortSignal): Promise<AwsAccount>;
}

/** The dependencies of `createSessionAccount`. */
export interface SessionAccountParts {
  readonly source: CredentialSource;
  /** The sessions of one run share this object, and what STS returned for a set of keys. */
  readonly run: object;
  readonly clock: Clock;
  /** Returns the ARN of the caller (STS GetCallerIdentity, which needs no permission). */
  callerArn(signal: AbortSignal): Promise<string>;
}

/** Time limit of STS, in milliseconds: it is asked while a bake reads other things, and a private network can be without it. */
const LIMIT = 20_000;

/** Accounts by access key ID, for the sessions of a run. A set of keys never changes its account. */
const accountsOf = createdOnce((_run: object) => new Map<string, Promise<AwsAccount>>());

/** Returns the account of a session. */
export function createSessionAccount({ source, run, clock, callerArn }: SessionAccountParts): SessionAccount {
  let known = source.roleArn === undefined ? undefined : accountOfArn(source.roleArn);
  const ask = async (): Promise<AwsAccount> => {
    const limited = signalWithTimeout(new AbortController().signal, LIMIT, clock, noResponse);
    try {
      const arn = await callerArn(limited.signal);
      const account = accountOfArn(arn);
      if (account) return account;
      throw new BakeError(`STS returned no account: "${arn}"`, { code: "no-account" });
    } finally {
      limited.done();
    }
  };
  const askOnce = async (): Promise<AwsAccount> => {
    const { accessKeyId } = await source.current();
    return entryOf(accountsOf(run), accessKeyId, ask);
  };
  return {
    known: () => known,
    async find(signal) {
      known ??= await unlessAborted(askOnce(), signal);
      return known;
    },
  };
}

function noResponse(): Error {
  return new BakeError(`STS did not respond within ${LIMIT / 1000} s`, { code: "no-account" });
}
