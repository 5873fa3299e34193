import { BlockList, isIP } from "node:net";
import { type KeyValues, matchesArn, matchesPattern, withVariables } from "./patterns.js";

/** One key of a condition of a statement, with the values of the policy. */
export interface PolicyCondition {
  /** As the policy writes it, for example `ForAllValues:StringLikeIfExists`. */
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** Whether a value of the request is what a value of the policy describes. */
type Comparison = (given: string, wanted: string, values: KeyValues) => boolean;

const isSame: Comparison = (given, wanted, values) => given === withVariables(wanted, values);

const isSameWord: Comparison = (given, wanted, values) =>
  given.toLowerCase() === withVariables(wanted, values)?.toLowerCase();

/** Comparisons of numbers and dates: false where either side is neither. */
function ordered(read: (text: string) => number, holds: (given: number, wanted: number) => boolean): Comparison {
  return (given, wanted) => {
    const [one, other] = [read(given), read(wanted)];
    return !Number.isNaN(one) && !Number.isNaN(other) && holds(one, other);
  };
}

const numberOf = (text: string): number => (text.trim() === "" ? Number.NaN : Number(text));

/** A date of a policy is a time in ISO 8601 or seconds since the epoch. */
const dateOf = (text: string): number => (/^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text));

const isInBlock: Comparison = (given, wanted) => {
  const [address = "", bits] = wanted.split("/");
  const version = isIP(address);
  if (version === 0 || isIP(given) !== version) return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  const prefix = bits === undefined ? (version === 4 ? 32 : 128) : Number(bits);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > (version === 4 ? 32 : 128)) return false;
  list.addSubnet(address, prefix, family);
  return list.check(given, family);
};

/** A condition operator (IAM user guide, "IAM JSON policy elements: Condition operators"). */
interface Operator {
  readonly compare: Comparison;
  /** A negated operator holds where no value of the policy matches, and where the request lacks the key. */
  readonly isNegated: boolean;
}

const EQUALS: Readonly<Record<string, Comparison>> = {
  StringEquals: isSame,
  StringEqualsIgnoreCase: isSameWord,
  StringLike: matchesPattern,
  ArnEquals: matchesArn,
  ArnLike: matchesArn,
  NumericEquals: ordered(numberOf, (given, wanted) => given === wanted),
  DateEquals: ordered(dateOf, (given, wanted) => given === wanted),
  IpAddress: isInBlock,
};

const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ...Object.entries(EQUALS).map(([name, compare]) => [name, { compare, isNegated: false }] as const),
  ...Object.entries(EQUALS).map(([name, compare]) => [negationOf(name), { compare, isNegated: true }] as const),
  ...["Numeric", "Date"].flatMap((kind) => {
    const read = kind === "Numeric" ? numberOf : dateOf;
    return [
      [`${kind}LessThan`, positive(ordered(read, (given, wanted) => given < wanted))],
      [`${kind}LessThanEquals`, positive(ordered(read, (given, wanted) => given <= wanted))],
      [`${kind}GreaterThan`, positive(ordered(read, (given, wanted) => given > wanted))],
      [`${kind}GreaterThanEquals`, positive(ordered(read, (given, wanted) => given >= wanted))],
    ] as const;
  }),
  ["Bool", positive(isSameWord)] as const,
  ["BinaryEquals", positive((given, wanted) => given === wanted)] as const,
]);

function positive(compare: Comparison): Operator {
  return { compare, isNegated: false };
}

/** `StringEquals` and `StringNotEquals`, `IpAddress` and `NotIpAddress`. */
function negationOf(name: string): string {
  return name === "IpAddress" ? "NotIpAddress" : name.replace(/^(String|Arn|Numeric|Date)/, "$1Not");
}

const WRITTEN = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/;

/** Returns whether IAM has a condition operator, in any of its forms. */
export function isOperator(written: string): boolean {
  const [, set, name = "", ifExists] = WRITTEN.exec(written) ?? [];
  return name === "Null" ? set === undefined && ifExists === undefined : OPERATORS.has(name);
}

/** Returns whether a condition holds for the keys of a request. */
export function conditionHolds({ operator: written, key, values: wanted }: PolicyCondition, keys: KeyValues): boolean {
  const [, set, name = "", ifExists] = WRITTEN.exec(written) ?? [];
  const given = keys.get(key.toLowerCase());
  if (name === "Null") return wanted.some((value) => (value.toLowerCase() === "true") === (given === undefined));
  const operator = OPERATORS.get(name);
  if (operator === undefined) return false;
  const { compare, isNegated } = operator;
  if (given === undefined && ifExists !== undefined) return true;
  const matches = (value: string) => wanted.some((each) => compare(value, each, keys)) !== isNegated;
  if (set === "ForAllValues") return (given ?? []).every(matches);
  if (set === "ForAnyValue") return (given ?? []).some(matches);
  if (given === undefined) return isNegated;
  return isNegated ? given.every(matches) : given.some(matches);
}
