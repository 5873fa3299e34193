import { convertOr } from "../values/convert.js";
import { BOOL, listOf, STRING, type Type, typeName } from "../values/types.js";
import { isWhollyKnown, type Value } from "../values/value.js";
import { complain, evaluate, type Scope, sentence } from "./evaluate/scope.js";
import type { Attribute } from "./syntax/body.js";

/** Returns the value of a string argument. Returns undefined when it is not set, null or, after an error, invalid. */
export function textAttribute(attribute: Attribute | undefined, scope: Scope): string | undefined {
  const value = readAs(attribute, STRING, scope);
  return value?.kind === "string" ? value.value : undefined;
}

/** Returns the value of a bool argument; undefined as for `textAttribute`. */
export function flagAttribute(attribute: Attribute | undefined, scope: Scope): boolean | undefined {
  const value = readAs(attribute, BOOL, scope);
  return value?.kind === "bool" ? value.value : undefined;
}

/** Returns the value of a list of strings; undefined as for `textAttribute`. */
export function textListAttribute(attribute: Attribute | undefined, scope: Scope): readonly string[] | undefined {
  const value = readAs(attribute, listOf(STRING), scope);
  if (!value || !("items" in value)) return undefined;
  return value.items.flatMap((item) => (item.kind === "string" ? [item.value] : []));
}

function readAs(attribute: Attribute | undefined, type: Type, scope: Scope): Value | undefined {
  if (!attribute) return undefined;
  const { range } = attribute.expression;
  const value = convertOr(evaluate(attribute.expression, scope), type, ({ message }) => {
    const summary = `"${attribute.name}" must be a ${typeName(type)}`;
    complain(scope, { code: "wrong-value", summary, detail: sentence(message), range });
    return undefined;
  });
  if (!value) return undefined;
  if (isWhollyKnown(value)) return value.kind === "null" ? undefined : value;
  if (scope.diagnostics.some((d) => d.severity === "error")) return undefined;
  const summary = `"${attribute.name}" depends on a value that is not known yet`;
  const detail =
    "The structure of the template depends on this argument, so it cannot use results of data sources or builds.";
  complain(scope, { code: "unknown-value", summary, detail, range });
  return undefined;
}
