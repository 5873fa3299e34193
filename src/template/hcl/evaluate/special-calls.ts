import { formatPlace } from "../../../core/source.js";
import { FunctionError } from "../../functions/definition.js";
import { convertOr, tryConvert } from "../../values/convert.js";
import { BOOL, DYNAMIC, STRING } from "../../values/types.js";
import { boolValue, isWhollyKnown, marked, unknownValue, type Value } from "../../values/value.js";
import type { FunctionCall } from "../syntax/ast.js";
import { parseTemplate } from "../syntax/parse.js";
import { isIdentifier } from "../syntax/tokens.js";
import { findReferences } from "./references.js";
import { attemptScope, evaluate, reportProblem, type Scope, toSentence } from "./scope.js";
import { readTypeConstraint } from "./type-constraints.js";

type SpecialCall = (call: FunctionCall, scope: Scope) => Value;

/** Functions that receive their arguments as expressions, not as values. */
export const SPECIAL_CALLS: ReadonlyMap<string, SpecialCall> = new Map<string, SpecialCall>([
  ["try", evaluateTry],
  ["can", evaluateCan],
  ["convert", evaluateConvert],
  ["templatefile", evaluateTemplateFile],
]);

/** Returns the first argument that evaluates without an error. */
function evaluateTry(call: FunctionCall, scope: Scope): Value {
  if (call.arguments.length === 0) {
    return reportProblem(scope, {
      code: "missing-argument",
      summary: 'Function "try" expects at least 1 argument',
      range: call.range,
    });
  }
  const failures: string[] = [];
  for (const argument of call.arguments) {
    const attempt = attemptScope(scope);
    const value = evaluate(argument, attempt);
    const errors = attempt.diagnostics.filter((d) => d.severity === "error");
    if (errors.length === 0) return isWhollyKnown(value) ? value : marked(unknownValue(), value.sensitive);
    failures.push(...errors.map((d) => `- ${d.range ? `${formatPlace(d.range)}: ` : ""}${d.summary}`));
  }
  return reportProblem(scope, {
    code: "try-failed",
    summary: 'Call to function "try" failed: no expression succeeded',
    detail: failures.join("\n"),
    range: call.range,
  });
}

/** Returns true when the argument evaluates without an error. */
function evaluateCan(call: FunctionCall, scope: Scope): Value {
  const [argument] = call.arguments;
  if (!argument || call.arguments.length > 1) {
    return reportProblem(
      scope,
      { code: "wrong-arguments", summary: 'Function "can" expects 1 argument', range: call.range },
      BOOL,
    );
  }
  const attempt = attemptScope(scope);
  const value = evaluate(argument, attempt);
  if (attempt.diagnostics.some((d) => d.severity === "error")) return boolValue(false);
  return isWhollyKnown(value) ? boolValue(true) : unknownValue(BOOL);
}

/** Evaluates `convert(value, type)`. The second argument is a type. */
function evaluateConvert(call: FunctionCall, scope: Scope): Value {
  const [given, type] = call.arguments;
  if (!given || !type || call.arguments.length > 2) {
    const hint = "Write convert(VALUE, TYPE), for example convert(var.port, number).";
    return reportProblem(scope, {
      code: "wrong-arguments",
      summary: 'Function "convert" expects 2 arguments',
      hint,
      range: call.range,
    });
  }
  const before = scope.diagnostics.length;
  const target = readTypeConstraint(type, {
    allowOptional: false,
    diagnostics: scope.diagnostics,
    evaluateDefault: undefined,
  });
  const value = evaluate(given, scope);
  if (!target || scope.diagnostics.slice(before).some((d) => d.severity === "error")) return unknownValue();
  return convertOr(value, target.type, ({ detail }) => {
    const summary = "This value cannot be converted to the given type";
    return reportProblem(scope, { code: "wrong-argument", summary, detail: toSentence(detail), range: given.range });
  });
}

/** Evaluates `templatefile(path, vars)`: renders a file as a template that can use only the names in `vars`. */
function evaluateTemplateFile(call: FunctionCall, scope: Scope): Value {
  const [pathArgument, varsArgument] = call.arguments;
  const { range } = call;
  if (!pathArgument || !varsArgument || call.arguments.length > 2) {
    const hint = "Write templatefile(PATH, { name = value }).";
    return reportProblem(scope, {
      code: "wrong-arguments",
      summary: 'Function "templatefile" expects 2 arguments',
      hint,
      range,
    });
  }
  const before = scope.diagnostics.length;
  const path = evaluate(pathArgument, scope);
  const vars = evaluate(varsArgument, scope);
  const sensitive = path.sensitive || vars.sensitive;
  if (scope.diagnostics.length > before) return unknownValue();
  if (!scope.templateFile) {
    return reportProblem(scope, {
      code: "recursive-templatefile",
      summary: 'A template file cannot call function "templatefile"',
      range,
    });
  }
  if (path.kind === "unknown" || vars.kind === "unknown") return marked(unknownValue(), sensitive);
  const text = tryConvert(path, STRING);
  if (text?.kind !== "string" || !("entries" in vars)) {
    const summary =
      text?.kind === "string"
        ? 'Parameter "vars" of function "templatefile" must be a map or an object'
        : 'Parameter "path" of function "templatefile" must be a string';
    return reportProblem(scope, {
      code: "wrong-argument",
      summary,
      range: (text?.kind === "string" ? varsArgument : pathArgument).range,
    });
  }
  try {
    return marked(renderTemplate(scope.templateFile(text.value), vars.entries, call, scope), sensitive);
  } catch (error) {
    if (!(error instanceof FunctionError)) throw error;
    return reportProblem(scope, {
      code: "function-failed",
      summary: 'Call to function "templatefile" failed',
      detail: toSentence(error.message),
      range: pathArgument.range,
    });
  }
}

/** Steps to parse one character of a template file: it is parsed in each call. */
const STEPS_OF_CHARACTER = 4;

function renderTemplate(
  source: { readonly file: string; readonly text: string },
  names: ReadonlyMap<string, Value>,
  call: FunctionCall,
  scope: Scope,
): Value {
  for (const name of names.keys()) {
    if (isIdentifier(name)) continue;
    const summary = `Invalid template variable name ${JSON.stringify(name)}`;
    return reportProblem(scope, { code: "wrong-argument", summary, range: call.arguments[1]?.range ?? call.range });
  }
  scope.budget.charge("steps", source.text.length * STEPS_OF_CHARACTER);
  scope.budget.checkTime();
  const parsed = parseTemplate(source);
  if (parsed.diagnostics.some((d) => d.severity === "error")) {
    scope.diagnostics.push(...parsed.diagnostics);
    return unknownValue(DYNAMIC);
  }
  for (const reference of findReferences(parsed.template)) {
    if (names.has(reference.root)) continue;
    const given = [...names.keys()].sort().join(", ") || "none";
    return reportProblem(scope, {
      code: "missing-template-variable",
      summary: `The template file uses "${reference.root}", but "vars" of function "templatefile" does not contain it`,
      detail: `Used at ${formatPlace(reference.range)}. "vars" contains: ${given}.`,
      range: call.range,
    });
  }
  const inner: Scope = {
    ...scope,
    variables: names,
    parent: undefined,
    templateFile: undefined,
    unavailable: new Map(),
  };
  return evaluate(parsed.template, inner);
}
