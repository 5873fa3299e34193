import type { CallRequest } from "../iam/authorization/resources.js";
import type { Params } from "./query.js";

/** One API call that the endpoint got. */
export interface CallRecord {
  /** Counted from 1 over all calls. */
  readonly seq: number;
  /** Counted from 1 over the calls of the same action; 0 for a dry run, so that checks do not move the number of the call. */
  readonly nth: number;
  /** When it arrived, in milliseconds since the epoch. */
  readonly at: number;
  readonly service: string;
  readonly region: string;
  readonly action: string;
  readonly params: Params;
  /** Of the response. */
  readonly requestId: string;
  /** HTTP status of the response; 0 for none. */
  status: number;
  /** Code of the error, or `hangup` or `reset` for a call without a response. */
  error: string | undefined;
  /** Time to the response, in milliseconds. */
  took: number;
  /** What IAM was asked about the call; empty for a caller without policies. */
  readonly asked: CallRequest[];
  /** Of a tunnel: the messages of its client so far. */
  messages?: number;
}

/** The calls so far, in the order they arrived. */
export interface CallLog {
  readonly begin: (
    call: Pick<CallRecord, "at" | "service" | "region" | "action" | "params" | "requestId">,
  ) => CallRecord;
  readonly list: () => readonly CallRecord[];
  /** Counts from 1 again. */
  readonly forget: () => void;
}

/** An empty log. */
export function callLog(): CallLog {
  let records: CallRecord[] = [];
  let counts = new Map<string, number>();
  return {
    begin: (call) => {
      const nth = call.params.DryRun === "true" ? 0 : (counts.get(call.action) ?? 0) + 1;
      if (nth > 0) counts.set(call.action, nth);
      const record: CallRecord = {
        seq: records.length + 1,
        nth,
        ...call,
        status: 0,
        error: undefined,
        took: 0,
        asked: [],
      };
      records.push(record);
      return record;
    },
    list: () => records,
    forget: () => {
      records = [];
      counts = new Map();
    },
  };
}
