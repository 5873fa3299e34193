import { BUILTINS } from "./builtins.js";
import { type ParameterType, TextFailure, type TextFunction, type TextFunctions } from "./function.js";
import { type GoValue, typeName } from "./values.js";

/** The function of a name: given ones first, then Go's own. */
export function findFunction(name: string, functions: TextFunctions): TextFunction | undefined {
  return functions.get(name) ?? BUILTINS.get(name);
}

/** All names that can be called. */
export function functionNames(functions: TextFunctions): ReadonlySet<string> {
  return new Set([...functions.keys(), ...BUILTINS.keys()]);
}

/** Calls a function after checking number and types of its arguments. Throws `TextFailure`. */
export function callFunction(name: string, functions: TextFunctions, values: readonly GoValue[]): GoValue {
  const called = findFunction(name, functions);
  if (!called) throw new TextFailure(`function "${name}" not defined`, { code: "unknown-function" });
  checkCount(name, called, values.length);
  return called.run(values.map((value, index) => convert(name, value, called.parameters[index] ?? called.rest, index)));
}

function checkCount(name: string, { parameters, rest, optional = 0 }: TextFunction, given: number): void {
  const [least, most] = [parameters.length - optional, rest ? Number.POSITIVE_INFINITY : parameters.length];
  if (given >= least && given <= most) return;
  const wanted = rest ? `at least ${least}` : least === most ? `${most}` : `${least} to ${most}`;
  throw new TextFailure(`"${name}" takes ${wanted} argument${wanted === "1" ? "" : "s"}, not ${given}`, {
    code: "template-function-arguments",
  });
}

function convert(name: string, value: GoValue, type: ParameterType | undefined, index: number): GoValue {
  const fits =
    type === "string" ? typeof value === "string" : type === "int" ? typeof value === "bigint" : type !== undefined;
  if (fits) return value;
  if (type === "int" && typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  const given = value === null ? "there is no value" : `it is ${typeName(value)}`;
  throw new TextFailure(`argument ${index + 1} of "${name}" must be ${type}, and ${given}`, {
    code: "template-function-arguments",
  });
}
