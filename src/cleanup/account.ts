import type { AwsSession } from "../aws/client/session.js";
import { messageOf } from "../core/errors.js";
import type { Narrator } from "../core/events.js";
import type { AccountReference } from "../core/ledger.js";
import type { AccountRefusal } from "./release.js";

/** How accounts are compared. */
export interface AccountCheck {
  readonly signal: AbortSignal;
  readonly narrator: Narrator;
  /**
   * When STS cannot be asked: a command that the user can run again refuses. The post step has one chance, and usually the credentials of
   * the bake: it continues with a warning.
   */
  readonly whenUnknown: "refuse" | "continue";
}

/**
 * Compares the account of a session with the one that the ledger has: in another account every resource is "not found", which would count
 * as removed. Returns why nothing may be removed; undefined if the accounts are the same, or the ledger has none. Rejects with the
 * signal's reason when it is aborted.
 */
export async function refuseOtherAccount(
  session: AwsSession,
  recorded: AccountReference,
  check: AccountCheck,
): Promise<AccountRefusal | undefined> {
  const { accountId: id, partition } = recorded;
  if (id === undefined) return undefined;
  const own = shown(id, partition);
  try {
    const account = await session.account(check.signal);
    if (account.id === id && (partition === undefined || account.partition === partition)) return undefined;
    return {
      why: `it is in AWS account ${own}, but the credentials are of account ${shown(account.id, account.partition)}`,
      hint: `Use credentials of AWS account ${own}.`,
    };
  } catch (error) {
    if (check.signal.aborted) throw error;
    const why = `the account of the credentials is unknown, and the ledger has AWS account ${own}: ${messageOf(error)}`;
    const hint = "Check the credentials and the connection to AWS STS.";
    if (check.whenUnknown === "refuse") return { why, hint };
    check.narrator.warn({ code: "account-unknown", summary: why.replace(/^t/, "T"), hint });
    return undefined;
  }
}

function shown(id: string, partition: string | undefined): string {
  return partition === undefined || partition === "aws" ? id : `${id} (${partition})`;
}
