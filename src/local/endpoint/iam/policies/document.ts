import { messageOf } from "../../../../core/errors.js";
import { isOperator, type PolicyCondition } from "./conditions.js";

/** A statement of a policy that was read. */
export interface IamStatement {
  readonly sid: string | undefined;
  readonly effect: "Allow" | "Deny";
  readonly actions: readonly string[];
  /** Whether the statement is about all actions but these (`NotAction`). */
  readonly isNotActions: boolean;
  readonly resources: readonly string[];
  /** Whether the statement is about all resources but these (`NotResource`). */
  readonly isNotResources: boolean;
  readonly conditions: readonly PolicyCondition[];
}

/** A policy that was read: of an identity, a session or a boundary. */
export interface IamPolicy {
  readonly statements: readonly IamStatement[];
}

/** A policy that IAM refuses. The message starts with the place, for example `Statement[1].Condition.StringEqual`. */
export class MalformedPolicy extends Error {
  override readonly name = "MalformedPolicy";
}

function malformed(place: string, what: string): never {
  throw new MalformedPolicy(`${place}: ${what}`);
}

const DOCUMENT_KEYS = ["Version", "Id", "Statement"];
const STATEMENT_KEYS = ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"];
const VERSIONS = ["2012-10-17", "2008-10-17"];

/** Reads the text of a policy. Throws a MalformedPolicy. */
export function parsePolicy(text: string): IamPolicy {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    malformed("Policy", `not valid JSON: ${messageOf(error)}`);
  }
  return readPolicy(value);
}

/** Reads a policy (IAM user guide, "Grammar of the IAM JSON policy language"). Throws a MalformedPolicy. */
export function readPolicy(value: unknown): IamPolicy {
  const document = structure("Policy", value, DOCUMENT_KEYS);
  const version = document.Version;
  if (version !== undefined && !VERSIONS.some((known) => known === version)) {
    malformed("Version", `must be one of ${VERSIONS.map((known) => `"${known}"`).join(", ")}`);
  }
  const given = document.Statement;
  if (given === undefined) malformed("Statement", "is missing");
  const statements = Array.isArray(given)
    ? given.map((each, index) => readStatement(`Statement[${index}]`, each))
    : [readStatement("Statement", given)];
  const sids = statements.flatMap(({ sid }) => sid ?? []);
  const twice = sids.find((sid, index) => sids.indexOf(sid) !== index);
  if (twice !== undefined) malformed("Statement", `the Sid "${twice}" is used more than once`);
  return { statements };
}

function readStatement(place: string, value: unknown): IamStatement {
  const statement = structure(place, value, STATEMENT_KEYS);
  const { Sid, Effect } = statement;
  if (Sid !== undefined && (typeof Sid !== "string" || !/^[A-Za-z0-9]*$/.test(Sid))) {
    malformed(`${place}.Sid`, "must have letters and digits only");
  }
  if (Effect !== "Allow" && Effect !== "Deny") malformed(`${place}.Effect`, 'must be "Allow" or "Deny"');
  const actions = oneOf(place, statement, "Action", (each) => /^(\*|[\w-]+:[\w*?]+)$/.test(each));
  const resources = oneOf(place, statement, "Resource", (each) => /^(\*|arn:[^:]+:[^:]+:[^:]*:[^:]*:.+)$/s.test(each));
  return {
    sid: typeof Sid === "string" && Sid !== "" ? Sid : undefined,
    effect: Effect,
    actions: actions.values,
    isNotActions: actions.isNot,
    resources: resources.values,
    isNotResources: resources.isNot,
    conditions: readConditions(`${place}.Condition`, statement.Condition),
  };
}

/** Reads `Action` or `NotAction`, and `Resource` or `NotResource`: a statement has one of the two. */
function oneOf(
  place: string,
  statement: Readonly<Record<string, unknown>>,
  name: "Action" | "Resource",
  isValid: (each: string) => boolean,
): { readonly values: readonly string[]; readonly isNot: boolean } {
  const isNot = statement[name] === undefined;
  const used = isNot ? `Not${name}` : name;
  if (!isNot && statement[`Not${name}`] !== undefined) malformed(place, `has both ${name} and Not${name}`);
  if (statement[used] === undefined) malformed(place, `has neither ${name} nor Not${name}`);
  const at = `${place}.${used}`;
  const values = texts(at, statement[used]);
  if (values.length === 0) malformed(at, "is empty");
  const wrong = values.find((each) => !isValid(each));
  if (wrong !== undefined) {
    const form = name === "Action" ? '"*" or SERVICE:ACTION' : '"*" or an ARN';
    malformed(at, `"${wrong}" must be ${form}`);
  }
  return { values, isNot };
}

function readConditions(place: string, value: unknown): readonly PolicyCondition[] {
  if (value === undefined) return [];
  return Object.entries(structure(place, value)).flatMap(([operator, keys]) => {
    if (!isOperator(operator)) malformed(`${place}.${operator}`, "is not a condition operator");
    return Object.entries(structure(`${place}.${operator}`, keys)).map(([key, values]) => ({
      operator,
      key,
      values: texts(`${place}.${operator}.${key}`, values),
    }));
  });
}

/** Reads an object. With `known`, other members are refused. */
function structure(place: string, value: unknown, known?: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) malformed(place, "must be an object");
  const members = Object.entries(value);
  const foreign = members.find(([name]) => known?.includes(name) === false)?.[0];
  if (foreign !== undefined) malformed(`${place}.${foreign}`, "is not known in a policy of this kind");
  return Object.fromEntries(members);
}

/** Reads one text or a list of texts. Numbers and booleans count as their text. */
function texts(place: string, value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((each) => {
    if (typeof each === "string") return each;
    if (typeof each === "number" || typeof each === "boolean") return String(each);
    return malformed(place, "must be a text or a list of texts");
  });
}
