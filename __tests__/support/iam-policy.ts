import { readPolicy } from "../../src/local/endpoint/iam/policies/document.js";
import { decide } from "../../src/local/endpoint/iam/policies/evaluate.js";

/** A statement of an IAM policy. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** A request as IAM sees it: one action on one resource, with the values of condition keys. */
export interface IamRequest {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
}

/** Returns whether the statements allow a request, by the evaluator of the local cloud. */
export function isAllowed(statements: readonly Statement[], { action, resource, context = {} }: IamRequest): boolean {
  const identity = statements.map((statement) => readPolicy({ Statement: statement }));
  const keys = new Map(Object.entries(context).map(([name, value]) => [name.toLowerCase(), [value]]));
  return decide({ identity, boundary: undefined, session: undefined }, { action, resource, keys }).isAllowed;
}
