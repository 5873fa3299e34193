import type { Diagnostic } from "../../../../core/diagnostics.js";
import type { Expression, ObjectItem, TemplateExpression } from "../ast.js";
import type { JsonString, JsonValue } from "../body.js";
import { parseLocatedExpression, parseLocatedTemplate } from "../parse.js";

/**
 * A JSON value as an expression (HCL JSON syntax specification, "Expressions"): strings and the names of objects are templates,
 * numbers keep their digits. Problems in the templates go to `diagnostics`.
 */
export function jsonExpression(value: JsonValue, diagnostics: Diagnostic[]): Expression {
  const { range } = value;
  switch (value.kind) {
    case "string":
      return jsonTemplate(value, diagnostics);
    case "number":
      return jsonNumber(value.digits, range);
    case "keyword":
      return value.value === null ? { kind: "null", range } : { kind: "boolean", value: value.value, range };
    case "array":
      return { kind: "tuple", items: value.items.map((item) => jsonExpression(item, diagnostics)), range };
    case "object": {
      const items = value.properties.map(
        (property): ObjectItem => ({
          key: jsonTemplate(property.name, diagnostics),
          value: jsonExpression(property.value, diagnostics),
        }),
      );
      return { kind: "object", items, range };
    }
  }
}

/** The tree has no negative literals, as the native form has none. */
function jsonNumber(digits: string, range: JsonValue["range"]): Expression {
  if (!digits.startsWith("-")) return { kind: "number", digits, range };
  return { kind: "unary", operator: "-", operand: { kind: "number", digits: digits.slice(1), range }, range };
}

function jsonTemplate(string: JsonString, diagnostics: Diagnostic[]): TemplateExpression {
  const { text, at, range } = string;
  const parsed = parseLocatedTemplate({ file: range.file, text, at }, "json");
  diagnostics.push(...parsed.diagnostics);
  return { ...parsed.template, source: { at }, range };
}

/**
 * An expression that HCL reads without evaluating it: a type constraint, a reference. In the JSON form such things are
 * strings that hold native syntax (`"list(string)"`); anything else is returned as it is.
 */
export function staticExpression(expression: Expression): {
  expression: Expression;
  diagnostics: readonly Diagnostic[];
} {
  if (expression.kind !== "template" || expression.form !== "json" || !expression.source)
    return { expression, diagnostics: [] };
  return parseLocatedExpression({ file: expression.range.file, text: expression.raw, at: expression.source.at });
}
