import { DYNAMIC, type Type } from "../values/types.js";
import type { Value } from "../values/value.js";

/** A parameter of a function. Values are converted to `type` first; what is not allowed is dealt with by `callFunction`. */
export interface Parameter {
  readonly name: string;
  readonly type: Type;
  readonly allowNull?: true | undefined;
  /** The function is called with a value that is not known itself; parts of a known value may be unknown in any case. */
  readonly allowUnknown?: true | undefined;
  /** The function is called with a value whose type is not known. */
  readonly allowDynamic?: true | undefined;
  /** The function looks after secrets itself; else a secret argument makes the result a secret. */
  readonly allowMarked?: true | undefined;
}

/** A function of the template language that works on values. */
export interface FunctionDefinition {
  readonly parameters: readonly Parameter[];
  readonly variadic?: Parameter | undefined;
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
export function fixed(
  type: Type,
  parameters: readonly Parameter[],
  call: (args: readonly Value[]) => Value,
  variadic?: Parameter,
): FunctionDefinition {
  return { parameters, variadic, returns: () => type, call };
}

/** A parameter of any type. */
export function any(name: string, allow: Omit<Parameter, "name" | "type"> = {}): Parameter {
  return { name, type: DYNAMIC, ...allow };
}

/** A parameter of the type. */
export function param(name: string, type: Type, allow: Omit<Parameter, "name" | "type"> = {}): Parameter {
  return { name, type, ...allow };
}
