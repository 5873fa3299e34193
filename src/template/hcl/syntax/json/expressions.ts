import type { Diagnostic } from "../../../../core/diagnostics.js";
import type { Expression, ObjectItem, TemplateExpression } from "../ast.js";
import type { JsonString, JsonValue } from "../body.js";
import { parseLocatedExpression, parseLocatedTemplate } from "../parse.js";

/**
 * Returns a JSON value as an expression (HCL JSON syntax specification, "Expressions"). Strings and property names are templates,
 * numbers keep their digits. Errors in the templates are added to `diagnostics`.
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

/** Returns a number. As in the native syntax, a negative number is a unary expression. */
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
 * Returns an expression that HCL reads without evaluation, such as a type constraint or a reference. In the JSON syntax it is a
 * string in native syntax (`"list(string)"`). Returns other expressions unchanged.
 */
export function staticExpression(expression: Expression): {
  expression: Expression;
  diagnostics: readonly Diagnostic[];
} {
  if (expression.kind !== "template" || expression.form !== "json" || !expression.source)
    return { expression, diagnostics: [] };
  return parseLocatedExpression({ file: expression.range.file, text: expression.raw, at: expression.source.at });
}
