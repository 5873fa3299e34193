import { ConversionError, convertValue } from "../../values/convert.js";
import { STRING } from "../../values/types.js";
import { marked, objectValue, stringValue, unknownValue, type Value } from "../../values/value.js";
import type { ObjectExpression, ObjectKey } from "../syntax/ast.js";
import { evaluate } from "./evaluate.js";
import { complain, type Scope } from "./scope.js";

/** `{ key = value }`; a later item with the same key wins. Unknown keys make the whole object unknown. */
export function evaluateObject(expression: ObjectExpression, scope: Scope): Value {
  const entries = new Map<string, Value>();
  let known = true;
  let sensitive = false;
  for (const item of expression.items) {
    const key = evaluateKey(item.key, scope);
    const value = evaluate(item.value, scope);
    sensitive ||= key.sensitive;
    if (key.kind === "string") entries.set(key.value, value);
    else known = false;
  }
  return marked(known ? objectValue(entries) : unknownValue(), sensitive);
}

function evaluateKey(key: ObjectKey, scope: Scope): Value {
  if (key.kind === "name") return stringValue(key.name);
  if (key.kind === "traversal" && key.source.kind === "variable") {
    return complain(scope, {
      code: "ambiguous-key",
      summary: "This key could be a reference or a name",
      hint: "Put it in parentheses to use the value it refers to, or in quotes to use it as text.",
      range: key.range,
    });
  }
  const value = evaluate(key, scope);
  if (value.kind === "null") {
    return complain(scope, { code: "null-key", summary: "The key of an object must not be null", range: key.range });
  }
  try {
    return convertValue(value, STRING);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    const detail = `A key is text: ${error.message}.`;
    return complain(scope, { code: "wrong-key", summary: "This value cannot be a key", detail, range: key.range });
  }
}
