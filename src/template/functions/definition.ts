import type { Budget } from "../budget.js";
import type { Lookups } from "../lookups.js";
import { extentOf } from "../values/extent.js";
import { type Exact, exactText, safeInteger } from "../values/number.js";
import { DYNAMIC, type Type } from "../values/types.js";
import { isDeeplySensitive, marked, unknownValue, unmarked, type Value } from "../values/value.js";

/** A parameter of a function. Values are converted to `type` first. `callFunction` handles values that are not allowed. */
interface FunctionParameter {
  readonly name: string;
  readonly type: Type;
  readonly allowNull?: true | undefined;
  /** The function accepts an unknown value. Parts of a known value may always be unknown. */
  readonly allowUnknown?: true | undefined;
  /** The function accepts a value of unknown type. */
  readonly allowDynamic?: true | undefined;
  /** The function handles sensitive values itself. Otherwise a sensitive argument makes the result sensitive. */
  readonly allowMarked?: true | undefined;
}

/** A function of HCL2 templates that works on values. */
export interface FunctionDefinition {
  readonly parameters: readonly FunctionParameter[];
  readonly variadic?: FunctionParameter | undefined;
  /** Returns the type of the result, for unknown results. Throws `FunctionError`. */
  returns(args: readonly Value[], budget: Budget): Type;
  /**
   * Returns the result. `type` is the result of `returns`. A function whose result or work is more than a small multiple of its
   * arguments asks `budget` first. Throws `FunctionError`.
   */
  call(args: readonly Value[], type: Type, budget: Budget): Value;
}

/** Error of a function. `argument` is the index of the wrong argument, from 0. */
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

/** Defines a function whose result has always the same type. */
export function defineFunction(
  type: Type,
  parameters: readonly FunctionParameter[],
  call: (args: readonly Value[], budget: Budget) => Value,
  variadic?: FunctionParameter,
): FunctionDefinition {
  return { parameters, variadic, returns: () => type, call: (args, _, budget) => call(args, budget) };
}

/** Defines a parameter of any type. */
export function any(name: string, allow: Omit<FunctionParameter, "name" | "type"> = {}): FunctionParameter {
  return { name, type: DYNAMIC, ...allow };
}

/** Defines a parameter of a type. */
export function param(
  name: string,
  type: Type,
  allow: Omit<FunctionParameter, "name" | "type"> = {},
): FunctionParameter {
  return { name, type, ...allow };
}

/** Returns the argument as a string. It was converted to the parameter's type already, so another kind is a bug. */
export function textOf(args: readonly Value[], index: number): string {
  const value = args[index];
  return value?.kind === "string" ? value.value : fail("a string is required", index);
}

/** Returns the argument as a number. */
export function numberOf(args: readonly Value[], index: number): Exact {
  const value = args[index];
  return value?.kind === "number" ? value.value : fail("a number is required", index);
}

/** Returns the argument as a safe integer. Throws `FunctionError` when it is not one. */
export function integerOf(args: readonly Value[], index: number, what = "value"): number {
  const number = numberOf(args, index);
  return safeInteger(number) ?? fail(`${what} must be a whole number, not ${exactText(number)}`, index);
}

/** Returns the items of a list, set or tuple. */
export function itemsOf(args: readonly Value[], index: number): readonly Value[] {
  const value = args[index];
  return value && "items" in value ? value.items : fail("a list, set or tuple is required", index);
}

/** Returns the items of a known list of strings. Throws `FunctionError` for a null item. */
export function textsOf(args: readonly Value[], index: number): readonly string[] {
  return itemsOf(args, index).map((item, i) =>
    item.kind === "string" ? item.value : fail(`element ${i} is null; null values cannot be used here`, index),
  );
}

/** Characters that a function reads in the time of one step. Functions that write a value copy its texts at each level. */
const CHARACTERS_PER_STEP = 32;

/**
 * Calls a function with converted arguments, whose number was checked. Unless the parameter allows them, unknown arguments make the
 * result unknown, and sensitive arguments make it sensitive. Throws `FunctionError`.
 */
export function callFunction(definition: FunctionDefinition, args: readonly Value[], budget: Budget): Value {
  for (const arg of args) {
    const { elements, bytes, depth } = extentOf(arg);
    budget.charge("steps", elements + (bytes * (1 + depth)) / CHARACTERS_PER_STEP);
  }
  budget.checkTime();
  const parameters = args.map((_, i) => definition.parameters[i] ?? definition.variadic);
  let dynamic = false;
  args.forEach((arg, i) => {
    const parameter = parameters[i];
    if (arg.kind === "null" && !parameter?.allowNull) throw new FunctionError("argument must not be null", i);
    if (arg.type.kind === "dynamic" && !parameter?.allowDynamic) dynamic = true;
  });
  const secret = args.some((arg, i) => makesSensitive(arg, parameters[i]));
  if (dynamic) return marked(unknownValue(DYNAMIC), secret);
  const plain = args.map((arg, i) => (parameters[i]?.allowMarked ? arg : unmarked(arg)));
  const type = definition.returns(plain, budget);
  const unknown = args.some((arg, i) => arg.kind === "unknown" && !parameters[i]?.allowUnknown);
  return marked(unknown ? unknownValue(type) : definition.call(plain, type, budget), secret);
}

/** Returns whether an argument makes the result sensitive: the function does not handle sensitive values, or the argument is unknown. */
function makesSensitive(arg: Value, parameter: FunctionParameter | undefined): boolean {
  if (parameter?.allowMarked && arg.kind !== "unknown" && arg.kind !== "null") return arg.sensitive;
  return isDeeplySensitive(arg);
}

/** Context of functions that read files, secrets or the environment. */
export interface FunctionContext {
  readonly lookups: Lookups;
  /** Absolute directory of the template. Paths of `file`, `fileexists`, `fileset` and `templatefile` start here. */
  readonly root: string;
}
