import type { Conditions, PermissionStatement } from "../core/permissions.js";

/** An IAM policy (IAM user guide, "IAM JSON policy elements reference"). */
export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly PolicyStatement[];
}

/** A statement as IAM reads it. A list with one value is a text. */
export interface PolicyStatement {
  readonly Sid?: string | undefined;
  readonly Effect: "Allow";
  readonly Principal?: Readonly<Record<string, string>> | undefined;
  readonly Action: string | readonly string[];
  /** Absent in trust policies. */
  readonly Resource?: string | readonly string[] | undefined;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>> | undefined;
}

/** Returns the policy of statements. */
export function policyDocument(statements: readonly PermissionStatement[]): PolicyDocument {
  return { Version: "2012-10-17", Statement: statements.map(policyStatement) };
}

function policyStatement({ sid, actions, resources, conditions }: PermissionStatement): PolicyStatement {
  const condition = conditionOf(conditions);
  return {
    ...(sid === "" ? {} : { Sid: sid }),
    Effect: "Allow",
    Action: oneOrAll(actions),
    Resource: oneOrAll(resources),
    ...(condition === undefined ? {} : { Condition: condition }),
  };
}

function conditionOf(conditions: Conditions): PolicyStatement["Condition"] {
  const operators = Object.entries(conditions).map(
    ([operator, keys]) =>
      [operator, Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, oneOrAll(values)]))] as const,
  );
  return operators.length === 0 ? undefined : Object.fromEntries(operators);
}

function oneOrAll(values: readonly string[]): string | readonly string[] {
  const [only, ...others] = values;
  return only !== undefined && others.length === 0 ? only : values;
}

/** Returns the text of a policy with two spaces of indentation. */
export function policyText(document: PolicyDocument): string {
  return JSON.stringify(document, undefined, 2);
}

/** Returns the number of characters that IAM counts for a managed policy: white space outside quotes does not count (IAM quotas). */
export function policySize(document: PolicyDocument): number {
  return JSON.stringify(document).length;
}

/** Returns a clause as the beginning of a sentence, for comments. */
export function sentence(clause: string): string {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1)}`;
}
