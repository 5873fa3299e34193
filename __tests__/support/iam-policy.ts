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

/** Returns whether the statements allow a request (IAM user guide, policy evaluation logic): an allow and no deny. */
export function isAllowed(statements: readonly Statement[], request: IamRequest): boolean {
  const matching = statements.filter((statement) => matches(statement, request));
  return matching.some(({ Effect }) => Effect === "Allow") && matching.every(({ Effect }) => Effect !== "Deny");
}

/** Condition operators (IAM user guide): the value of the request, then that of the policy. */
const OPERATORS: Readonly<Record<string, (given: string, value: string) => boolean>> = {
  StringEquals: (given, value) => given === value,
  StringLike: (given, value) => regexOf(value).test(given),
  NumericEquals: (given, value) => given !== "" && Number(given) === Number(value),
  NumericLessThanEquals: (given, value) => given !== "" && Number(given) <= Number(value),
};

function matches(
  { Action, Resource, Condition = {} }: Statement,
  { action, resource, context = {} }: IamRequest,
): boolean {
  if (!listOf(Action).some((pattern) => regexOf(pattern, "i").test(action))) return false;
  if (!listOf(Resource).some((pattern) => regexOf(pattern).test(resource))) return false;
  return Object.entries(Condition).every(([operator, keys]) => {
    const holds = OPERATORS[operator];
    if (holds === undefined) throw new Error(`the operator ${operator} is not known here`);
    return Object.entries(keys).every(([key, values]) =>
      listOf(values).some((value) => holds(context[key] ?? "", value)),
    );
  });
}

const listOf = (value: string | readonly string[]): readonly string[] => (typeof value === "string" ? [value] : value);

function regexOf(text: string, flags = ""): RegExp {
  const source = text
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, flags);
}
