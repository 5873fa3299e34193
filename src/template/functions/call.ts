import { DYNAMIC } from "../values/types.js";
import { isDeeplySensitive, marked, unknownValue, unmarked, type Value } from "../values/value.js";
import { type FunctionDefinition, FunctionError, type Parameter } from "./definition.js";

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

/** A secret that the function does not look after itself; of one that is not reached in full the whole is a secret. */
function hides(arg: Value, parameter: Parameter | undefined): boolean {
  if (parameter?.allowMarked && arg.kind !== "unknown" && arg.kind !== "null") return arg.sensitive;
  return isDeeplySensitive(arg);
}
