import type { Diagnostic } from "../../src/core/diagnostics.js";
import { createBudget } from "../../src/template/budget.js";
import { any, type FunctionDefinition } from "../../src/template/functions/definition.js";
import { readUtf8File } from "../../src/template/functions/filesystem.js";
import { templateFunctions } from "../../src/template/functions/functions.js";
import { evaluateExpression } from "../../src/template/hcl/evaluate/evaluate.js";
import { evaluate, type Scope } from "../../src/template/hcl/evaluate/scope.js";
import { parseExpression } from "../../src/template/hcl/syntax/parse.js";
import type { Lookups } from "../../src/template/lookups.js";
import { toJson } from "../../src/template/values/json.js";
import { typeText } from "../../src/template/values/types.js";
import { isWhollyKnown, marked, unknownValue, type Value } from "../../src/template/values/value.js";
import { memoryLookups } from "./memory-lookups.js";

/** `unknown(v)`: a value of the type of `v` that is not known yet. */
const unknown: FunctionDefinition = {
  parameters: [any("v", { allowNull: true, allowUnknown: true, allowDynamic: true })],
  returns: (args) => args[0]?.type ?? unknownValue().type,
  call: (_, type) => unknownValue(type),
};

/** `secret(v)`: the value, marked. */
const secret: FunctionDefinition = {
  parameters: [any("v", { allowNull: true, allowMarked: true })],
  returns: (args) => args[0]?.type ?? unknownValue().type,
  call: ([value = unknownValue()]) => marked(value, true),
};

export interface Evaluated {
  readonly value: Value;
  readonly diagnostics: readonly Diagnostic[];
}

/** Evaluates an expression with all functions, in the directory `/work`. */
export function evaluateText(
  text: string,
  variables: ReadonlyMap<string, Value> = new Map(),
  lookups: Lookups = memoryLookups(),
): Evaluated {
  const parsed = parseExpression({ file: "test", text });
  const context = { lookups, root: lookups.cwd };
  const scope: Scope = {
    variables,
    parent: undefined,
    functions: new Map([...templateFunctions(context), ["unknown", unknown], ["secret", secret]]),
    specialCalls: true,
    templateFile: (path) => ({ file: path, text: readUtf8File(context, path) }),
    unavailable: new Map(),
    diagnostics: [...parsed.diagnostics],
    budget: createBudget(lookups.elapsed),
    evaluate: evaluateExpression,
  };
  return { value: evaluate(parsed.expression, scope), diagnostics: scope.diagnostics };
}

/** What is compared with Packer: the type, and the value as JSON where it is known; or that it is an error. */
export interface Outcome {
  readonly type?: string;
  readonly json?: string;
  readonly error?: true;
}

export function outcomeOf(text: string, lookups?: Lookups): Outcome {
  const { value, diagnostics } = evaluateText(text, new Map(), lookups);
  if (diagnostics.some((d) => d.severity === "error")) return { error: true };
  return { type: typeText(value.type), ...(isWhollyKnown(value) ? { json: toJson(value) } : {}) };
}
