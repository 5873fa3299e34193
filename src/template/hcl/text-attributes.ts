import type { Range } from "../../core/source.js";
import { convertOr } from "../values/convert.js";
import { BOOL, listOf, STRING, type Type, typeName } from "../values/types.js";
import { isWhollyKnown, type Value } from "../values/value.js";
import { evaluate, reportProblem, type Scope, toSentence } from "./evaluate/scope.js";
import type { Attribute } from "./syntax/body.js";

/** Returns the value of a string argument. Returns undefined when it is not set or, after an error, null or invalid. */
export function textAttribute(attribute: Attribute | undefined, scope: Scope): string | undefined {
  const value = readAttribute(attribute, STRING, scope);
  if (attribute && value?.kind === "null") reportNull(attribute.name, attribute.expression.range, scope);
  return value?.kind === "string" ? value.value : undefined;
}

/** Reports a null where Packer decodes into a Go value that has none (gohcl: "null value is not allowed"). */
export function reportNull(name: string, range: Range, scope: Pick<Scope, "diagnostics">): void {
  scope.diagnostics.push({
    severity: "error",
    code: "null-value",
    summary: `"${name}" is null: null value is not allowed`,
    hint: "Remove the argument, or set a value.",
    range,
  });
}

/** Returns the value of a bool argument. Returns undefined when it is not set, null or, after an error, invalid. */
export function boolAttribute(attribute: Attribute | undefined, scope: Scope): boolean | undefined {
  const value = readAttribute(attribute, BOOL, scope);
  return value?.kind === "bool" ? value.value : undefined;
}

/** Returns the value of a list of strings, empty for null. Returns undefined when it is not set or, after an error, invalid. */
export function textListAttribute(attribute: Attribute | undefined, scope: Scope): readonly string[] | undefined {
  const value = readAttribute(attribute, listOf(STRING), scope);
  if (value?.kind === "null") return [];
  if (!attribute || !value || !("items" in value)) return undefined;
  const { expression } = attribute;
  return value.items.flatMap((item, i) => {
    if (item.kind === "string") return [item.value];
    const written = expression.kind === "tuple" ? expression.items[i] : undefined;
    reportNull(`${attribute.name}[${i}]`, (written ?? expression).range, scope);
    return [];
  });
}

function readAttribute(attribute: Attribute | undefined, type: Type, scope: Scope): Value | undefined {
  if (!attribute) return undefined;
  const { range } = attribute.expression;
  const value = convertOr(evaluate(attribute.expression, scope), type, ({ message }) => {
    const summary = `"${attribute.name}" must be a ${typeName(type)}`;
    reportProblem(scope, { code: "wrong-value", summary, detail: toSentence(message), range });
    return undefined;
  });
  if (!value) return undefined;
  if (isWhollyKnown(value)) return value;
  if (scope.diagnostics.some((d) => d.severity === "error")) return undefined;
  const summary = `"${attribute.name}" depends on a value that is not known yet`;
  const detail =
    "The structure of the template depends on this argument, so it cannot use results of data sources or builds.";
  reportProblem(scope, { code: "unknown-value", summary, detail, range });
  return undefined;
}
