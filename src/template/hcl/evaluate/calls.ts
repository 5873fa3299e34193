import { suggest } from "../../../core/diagnostics.js";
import type { Range } from "../../../core/source.js";
import { callFunction, type FunctionDefinition, FunctionError } from "../../functions/definition.js";
import { ConversionError, convertOr } from "../../values/convert.js";
import { typeName } from "../../values/types.js";
import { marked, unknownValue, type Value } from "../../values/value.js";
import type { FunctionCall } from "../syntax/ast.js";
import { didYouMean, evaluate, reportProblem, type Scope, toSentence } from "./scope.js";
import { SPECIAL_CALLS } from "./special-calls.js";

/** Evaluates `name(arguments)`. */
export function evaluateCall(call: FunctionCall, scope: Scope): Value {
  if (!scope.functions) {
    return reportProblem(scope, {
      code: "no-functions",
      summary: "Functions may not be called here",
      range: call.range,
    });
  }
  const special = scope.specialCalls ? SPECIAL_CALLS.get(call.name) : undefined;
  if (special) return special(call, scope);
  const definition = scope.functions.get(call.name);
  if (!definition) return reportUnknownFunction(call, scope.functions, scope);
  const before = scope.diagnostics.length;
  const args = evaluateArguments(call, scope);
  if (!args) return unknownValue();
  const invocation: Invocation = { call, definition, args, scope };
  if (!checkArgumentCount(invocation)) return unknownValue();
  const converted = args.map((arg, i) => convertArgument(invocation, arg, i));
  if (scope.diagnostics.slice(before).some((d) => d.severity === "error")) return unknownValue();
  return invoke(invocation, converted);
}

/** A call with its function and its arguments before conversion. */
interface Invocation {
  readonly call: FunctionCall;
  readonly definition: FunctionDefinition;
  readonly args: readonly Argument[];
  readonly scope: Scope;
}

interface Argument {
  readonly value: Value;
  readonly range: Range;
}

/** Returns the arguments, with `...` expanded. Returns undefined when they are unknown, or after an error. */
function evaluateArguments(call: FunctionCall, scope: Scope): readonly Argument[] | undefined {
  const args = call.arguments.map((arg) => ({ value: evaluate(arg, scope), range: arg.range }));
  const last = args.at(-1);
  if (!call.expandFinal || !last) return args;
  const { value, range } = last;
  if ("items" in value) {
    const spread = value.items.map((item) => ({ value: marked(item, value.sensitive), range }));
    return [...args.slice(0, -1), ...spread];
  }
  const { kind } = value.type;
  if (value.kind === "unknown" && (kind === "dynamic" || kind === "list" || kind === "set" || kind === "tuple"))
    return undefined;
  const what = value.kind === "null" ? "null" : `a ${typeName(value.type)}`;
  reportProblem(scope, {
    code: "wrong-expansion",
    summary: `The argument before ... must be a list, set or tuple, not ${what}`,
    range,
  });
  return undefined;
}

function reportUnknownFunction(
  call: FunctionCall,
  functions: ReadonlyMap<string, FunctionDefinition>,
  scope: Scope,
): Value {
  return reportProblem(scope, {
    code: "unknown-function",
    summary: `There is no function named "${call.name}"`,
    hint: scope.specialCalls
      ? (REPLACEMENTS.get(call.name) ?? didYouMean(suggest(call.name, [...functions.keys(), ...SPECIAL_CALLS.keys()])))
      : (didYouMean(suggest(call.name, functions.keys())) ?? defaultHint(functions)),
    range: call.nameRange,
  });
}

/** Returns the hint for a call in the default of a variable, the only scope with functions but without special calls. */
function defaultHint(functions: ReadonlyMap<string, FunctionDefinition>): string {
  return `Define a local value instead: the default of a variable can call only ${[...functions.keys()].join(", ")}.`;
}

/** Hints for functions of Terraform and of JSON templates: what to write in an HCL2 template. */
const REPLACEMENTS: ReadonlyMap<string, string> = new Map([
  ...["string", "number", "bool", "list", "set", "map"].map(
    (type) => [`to${type}`, `Write convert(VALUE, ${/list|set|map/.test(type) ? `${type}(any)` : type}).`] as const,
  ),
  ["env", 'Call env("NAME") in the default of a variable, and refer to the variable with var.NAME.'],
  ["user", "Write var.NAME."],
  ["isotime", "Write legacy_isotime(LAYOUT), or formatdate(FORMAT, timestamp())."],
  ["clean_resource_name", 'Write it in a string with {{ }}: "{{ clean_resource_name `TEXT` }}".'],
  ["one", "Write try(LIST[0], null)."],
]);

/** Returns true when the function accepts this number of arguments; otherwise reports an error. */
function checkArgumentCount({ call, definition, args, scope }: Invocation): boolean {
  const least = definition.parameters.length;
  const names = definition.parameters.map((p) => p.name);
  const signature = `${call.name}(${[...names, ...(definition.variadic ? [`${definition.variadic.name}...`] : [])].join(", ")})`;
  if (args.length < least) {
    const summary = `Function "${call.name}" expects ${definition.variadic ? "at least " : ""}${count(least)}: "${names[args.length]}" is missing`;
    reportProblem(scope, { code: "missing-argument", summary, hint: `Write ${signature}.`, range: call.range });
    return false;
  }
  if (!definition.variadic && args.length > least) {
    const range = args[least]?.range ?? call.range;
    const summary = `Function "${call.name}" expects ${least === 0 ? "no arguments" : `only ${count(least)}`}`;
    reportProblem(scope, { code: "too-many-arguments", summary, hint: `Write ${signature}.`, range });
    return false;
  }
  return true;
}

function count(n: number): string {
  return `${n} argument${n === 1 ? "" : "s"}`;
}

function convertArgument({ call, definition, scope }: Invocation, argument: Argument, index: number): Value {
  const parameter = definition.parameters[index] ?? definition.variadic;
  if (!parameter) return argument.value;
  return convertOr(argument.value, parameter.type, ({ detail }) => {
    const summary = `Invalid value for parameter "${parameter.name}" of function "${call.name}"`;
    return reportProblem(scope, { code: "wrong-argument", summary, detail: toSentence(detail), range: argument.range });
  });
}

function invoke({ call, definition, args, scope }: Invocation, values: readonly Value[]): Value {
  try {
    return callFunction(definition, values, scope.budget);
  } catch (error) {
    if (!(error instanceof FunctionError || error instanceof ConversionError)) throw error;
    const index = error instanceof FunctionError ? error.argument : undefined;
    const argument = index === undefined ? undefined : args[index];
    const name = index === undefined ? undefined : (definition.parameters[index] ?? definition.variadic)?.name;
    const summary =
      name === undefined
        ? `Call to function "${call.name}" failed`
        : `Invalid value for parameter "${name}" of function "${call.name}"`;
    const range = argument?.range ?? call.range;
    return reportProblem(scope, { code: "function-failed", summary, detail: toSentence(error.message), range });
  }
}
