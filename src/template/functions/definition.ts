import type { Lookups } from "../lookups.js";
import { type Exact, exactText, safeInteger } from "../values/number.js";
import { DYNAMIC, type Type } from "../values/types.js";
import { isDeeplySensitive, marked, unknownValue, unmarked, type Value } from "../values/value.js";

/** A parameter of a function. Values are converted to `type` first; what is not allowed is dealt with by `callFunction`. */
interface FunctionParameter {
  readonly name: string;
  readonly type: Type;
  readonly allowNull?: true | undefined;
  /** The function is called with a value that is not known itself; parts of a known value may be unknown in any case. */
  readonly allowUnknown?: true | undefined;
  /** The function is called with a value whose type is not known. */
  readonly allowDynamic?: true | undefined;
  /** The function handles secrets itself; otherwise a secret argument makes the result a secret. */
  readonly allowMarked?: true | undefined;
}

/** A function of the template language that works on values. */
export interface FunctionDefinition {
  readonly parameters: readonly FunctionParameter[];
  readonly variadic?: FunctionParameter | undefined;
  /** The type of the result, for unknown results; may complain as `call`. */
  returns(args: readonly Value[]): Type;
  /** Throws `FunctionError`. `type` is what `returns` gave. */
  call(args: readonly Value[], type: Type): Value;
}

/** A complaint of a function; `argument` (from 0) when it is about one of them. */
export class FunctionError extends Error {
  readonly argument: number | undefined;

  constructor(message: string, argument?: number) {
    super(message);
    this.name = "FunctionError";
    this.argument = argument;
  }
}

/** Throws a `FunctionError`. */
export function fail(message: string, argument?: number): never {
  throw new FunctionError(message, argument);
}

/** A function whose result is always of one type. */
export function defineFunction(
  type: Type,
  parameters: readonly FunctionParameter[],
  call: (args: readonly Value[]) => Value,
  variadic?: FunctionParameter,
): FunctionDefinition {
  return { parameters, variadic, returns: () => type, call };
}

/** A parameter of any type. */
export function any(name: string, allow: Omit<FunctionParameter, "name" | "type"> = {}): FunctionParameter {
  return { name, type: DYNAMIC, ...allow };
}

/** A parameter of the type. */
export function param(
  name: string,
  type: Type,
  allow: Omit<FunctionParameter, "name" | "type"> = {},
): FunctionParameter {
  return { name, type, ...allow };
}

/** Readers of arguments that were converted to the parameter's type already, so that a wrong kind is a bug of ours. */

export function textOf(args: readonly Value[], index: number): string {
  const value = args[index];
  return value?.kind === "string" ? value.value : fail("a string is required", index);
}

/** The argument as a number. */
export function numberOf(args: readonly Value[], index: number): Exact {
  const value = args[index];
  return value?.kind === "number" ? value.value : fail("a number is required", index);
}

/** A whole number that fits. */
export function integerOf(args: readonly Value[], index: number, what = "value"): number {
  const number = numberOf(args, index);
  return safeInteger(number) ?? fail(`${what} must be a whole number, not ${exactText(number)}`, index);
}

/** Items of a list, set or tuple. */
export function itemsOf(args: readonly Value[], index: number): readonly Value[] {
  const value = args[index];
  return value && "items" in value ? value.items : fail("a list, set or tuple is required", index);
}

/** Texts of a known list of strings. */
export function textsOf(args: readonly Value[], index: number): readonly string[] {
  return itemsOf(args, index).map((item, i) =>
    item.kind === "string" ? item.value : fail(`element ${i} is null; null values cannot be used here`, index),
  );
}

/**
 * Calls a function with converted arguments, their number checked. Unknown arguments give an unknown result and secret ones a
 * secret result, where the parameter does not say otherwise. Throws `FunctionError`.
 */
export function callFunction(definition: FunctionDefinition, args: readonly Value[]): Value {
  const parameters = args.map((_, i) => definition.parameters[i] ?? definition.variadic);
  let dynamic = false;
  args.forEach((arg, i) => {
    const parameter = parameters[i];
    if (arg.kind === "null" && !parameter?.allowNull) throw new FunctionError("argument must not be null", i);
    if (arg.type.kind === "dynamic" && !parameter?.allowDynamic) dynamic = true;
  });
  const secret = args.some((arg, i) => hides(arg, parameters[i]));
  if (dynamic) return marked(unknownValue(DYNAMIC), secret);
  const plain = args.map((arg, i) => (parameters[i]?.allowMarked ? arg : unmarked(arg)));
  const type = definition.returns(plain);
  const unknown = args.some((arg, i) => arg.kind === "unknown" && !parameters[i]?.allowUnknown);
  return marked(unknown ? unknownValue(type) : definition.call(plain, type), secret);
}

/** Whether an argument makes the result a secret: the function does not handle its secrets, or it is not known in full. */
function hides(arg: Value, parameter: FunctionParameter | undefined): boolean {
  if (parameter?.allowMarked && arg.kind !== "unknown" && arg.kind !== "null") return arg.sensitive;
  return isDeeplySensitive(arg);
}

/** What functions that reach outside need. */
export interface FunctionContext {
  readonly lookups: Lookups;
  /** Absolute folder of the template: where `file`, `fileexists`, `fileset` and `templatefile` start. */
  readonly root: string;
}
