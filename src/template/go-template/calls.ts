import type { Budget } from "../budget.js";
import type { Operand, ParsedText, Pipeline, Span, TextCommand, TextNode } from "./ast.js";
import { BUILTINS } from "./builtins.js";
import { type Finding, type ParameterType, TextFailure, type TextFunction, type TextFunctions } from "./function.js";
import { type GoValue, goTypeName } from "./values.js";

/** Returns the function with a name: Packer's functions first, then Go's own. */
function findFunction(name: string, functions: TextFunctions): TextFunction | undefined {
  return functions.get(name) ?? BUILTINS.get(name);
}

/** Returns the names of all functions. */
export function functionNames(functions: TextFunctions): ReadonlySet<string> {
  return new Set([...functions.keys(), ...BUILTINS.keys()]);
}

/** Characters that a function reads in the time of one step. */
const CHARACTERS_PER_STEP = 32;

/** Calls a function after checking the number and types of its arguments. Throws `TextFailure` and `BudgetExceeded`. */
export function callTextFunction(
  name: string,
  functions: TextFunctions,
  values: readonly GoValue[],
  budget: Budget,
): GoValue {
  const called = findFunction(name, functions);
  if (!called) throw new TextFailure(`Function "${name}" not defined`, { code: "unknown-function" });
  checkCount(name, called, values.length);
  for (const value of values)
    budget.charge("steps", typeof value === "string" ? value.length / CHARACTERS_PER_STEP : 1);
  budget.checkTime();
  const converted = values.map((value, index) => convert(name, value, called.parameters[index] ?? called.rest, index));
  const result = called.run(converted, budget);
  if (typeof result === "string") budget.charge("bytes", result.length);
  return result;
}

function checkCount(name: string, { parameters, rest, optional = 0 }: TextFunction, given: number): void {
  const [least, most] = [parameters.length - optional, rest ? Number.POSITIVE_INFINITY : parameters.length];
  if (given >= least && given <= most) return;
  const expected = rest ? `at least ${least}` : least === most ? `${most}` : `${least} to ${most}`;
  throw new TextFailure(`Wrong number of arguments for "${name}": expected ${expected}, got ${given}`, {
    code: "template-function-arguments",
  });
}

function convert(name: string, value: GoValue, type: ParameterType | undefined, index: number): GoValue {
  const fits =
    type === "string" ? typeof value === "string" : type === "int" ? typeof value === "bigint" : type !== undefined;
  if (fits) return value;
  if (type === "int" && typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  const actual = value === null ? "it has no value" : `it is ${goTypeName(value)}`;
  throw new TextFailure(`Argument ${index + 1} of "${name}" must be ${type}, but ${actual}`, {
    code: "template-function-arguments",
  });
}

/** Runs the checks of the functions on literal arguments, before anything is rendered. Returns the findings with their places in the text. */
export function checkCalls(text: ParsedText, functions: TextFunctions): readonly (Finding & Span)[] {
  const found: (Finding & Span)[] = [];
  const command = ({ operands, start, end }: TextCommand, piped: GoValue | undefined, isPiped: boolean) => {
    const [first, ...rest] = operands;
    for (const operand of rest) inner(operand);
    if (first.kind === "pipeline") inner(first);
    if (first.kind !== "function") return;
    const given = rest.map((operand) => (operand.kind === "literal" ? operand.value : undefined));
    const finding = findFunction(first.name, functions)?.check?.(isPiped ? [...given, piped] : given);
    if (finding) found.push({ ...finding, start, end });
  };
  const pipeline = ({ commands }: Pipeline) => {
    commands.forEach((each, index) => {
      const before = commands[index - 1]?.operands;
      const [only] = before ?? [];
      const piped = before?.length === 1 && only?.kind === "literal" ? only.value : undefined;
      command(each, piped, index > 0);
    });
  };
  const inner = (operand: Operand) => {
    if (operand.kind === "pipeline") pipeline(operand.pipeline);
    if (operand.kind !== "function") return;
    const finding = findFunction(operand.name, functions)?.check?.([]);
    if (finding) found.push({ ...finding, start: operand.start, end: operand.end });
  };
  const nodes = (list: readonly TextNode[]) => {
    for (const node of list) {
      if ("pipeline" in node && node.pipeline) pipeline(node.pipeline);
      if ("body" in node) {
        nodes(node.body);
        nodes(node.otherwise);
      }
    }
  };
  nodes(text.body);
  for (const body of text.templates.values()) nodes(body);
  return found;
}
