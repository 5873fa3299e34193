import type { Cloud, Region } from "./cloud.js";
import type { CallRequest } from "./iam/authorization/resources.js";
import { checkTagPolicy } from "./rules.js";
import { refusal } from "./wire/errors.js";
import { flag, type Params } from "./wire/query.js";
import type { Members } from "./wire/xml.js";

/** One API call, as its handler sees it. */
export interface ApiCall {
  readonly cloud: Cloud;
  readonly region: Region;
  readonly action: string;
  readonly params: Params;
  /** Access key id of the caller; empty for an unsigned call. */
  readonly accessKeyId: string;
  /** Host and port that the client called. */
  readonly host: string;
  /** What IAM was asked about the call so far. Nothing is asked about a caller without policies. */
  readonly asked: CallRequest[];
}

/** Returns the members of the response, or throws a ServiceError. */
export type Handler = (call: ApiCall) => Members | Promise<Members>;

/** Handlers by the name of their action. */
export type Actions = Readonly<Record<string, Handler>>;

/** The response of EC2 to a call that returns nothing. */
export const DONE: Members = { return: true };

/** Checks tag policies, and ends a dry run with DryRunOperation: a handler calls it when all is checked and nothing has changed yet. */
export function endDryRun(call: ApiCall): void {
  checkTagPolicy(call.region.rules, call.params);
  if (flag(call.params, "DryRun") === true) {
    throw refusal("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412);
  }
}
