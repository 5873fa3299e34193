import { convertOr } from "../../values/convert.js";
import { BOOL, STRING } from "../../values/types.js";
import { elementsOf, marked, stringValue, unknownValue, type Value } from "../../values/value.js";
import { type ForPart, type IfPart, isUnwrapped, type TemplateExpression, type TemplatePart } from "../syntax/ast.js";
import { childScope, evaluate, reportProblem, type Scope, toSentence } from "./scope.js";

/** Evaluates a template to a string. A template of only one interpolation has the value of its expression. */
export function evaluateTemplate(template: TemplateExpression, scope: Scope): Value {
  if (isUnwrapped(template)) return evaluate(template.parts[0].expression, scope);
  return new Text(scope).addAll(template.parts, scope).result();
}

/** Builds a string from nested parts. It is a class because the text and its unknown and sensitive marks change together. */
class Text {
  private readonly pieces: string[] = [];
  private length = 0;
  private known = true;
  private sensitive = false;
  private readonly scope: Scope;

  constructor(scope: Scope) {
    this.scope = scope;
  }

  addAll(parts: readonly TemplatePart[], scope: Scope): this {
    for (const part of parts) this.add(part, scope);
    return this;
  }

  result(): Value {
    return marked(this.known ? stringValue(this.pieces.join("")) : unknownValue(STRING), this.sensitive);
  }

  private add(part: TemplatePart, scope: Scope): void {
    if (part.kind === "literal") this.addText(part.text);
    else if (part.kind === "interpolation") this.addValue(evaluate(part.expression, scope), part.range);
    else if (part.kind === "if") this.addIf(part, scope);
    else this.addFor(part, scope);
  }

  private addValue(value: Value, range: TemplatePart["range"]): void {
    this.sensitive ||= value.sensitive;
    if (value.kind === "null") {
      this.reportValue("null", range, "The expression result is null.");
      return;
    }
    if (value.kind === "unknown") {
      this.known = false;
      return;
    }
    const text = convertOr(value, STRING, ({ message }) => {
      this.reportValue("type", range, toSentence(message));
      return undefined;
    });
    if (text?.kind === "string") this.addText(text.value);
  }

  private addText(text: string): void {
    this.length += text.length;
    this.scope.budget.require("bytes", this.length);
    this.pieces.push(text);
  }

  private addIf(part: IfPart, scope: Scope): void {
    const condition = this.condition(part, scope);
    this.sensitive ||= condition.sensitive;
    if (condition.kind !== "bool") {
      this.known = false;
      return;
    }
    this.addAll(condition.value ? part.whenTrue : (part.whenFalse ?? []), scope);
  }

  private condition(part: IfPart, scope: Scope): Value {
    const range = part.condition.range;
    const given = evaluate(part.condition, scope);
    if (given.kind === "null") {
      return reportProblem(scope, {
        code: "null-condition",
        summary: "The condition of this if directive is null",
        detail: "It must be true or false.",
        range,
      });
    }
    return convertOr(given, BOOL, ({ message }) => {
      const summary = "The condition of this if directive must be true or false";
      return reportProblem(scope, { code: "wrong-condition", summary, detail: toSentence(message), range });
    });
  }

  private addFor(part: ForPart, scope: Scope): void {
    const collection = evaluate(part.collection, scope);
    this.sensitive ||= collection.sensitive;
    if (collection.kind === "unknown") {
      this.known = false;
      return;
    }
    if (!("items" in collection || "entries" in collection)) {
      const value = collection.kind === "null" ? "A null value" : `A value of type ${collection.kind}`;
      reportProblem(scope, {
        code: "not-iterable",
        summary: `${value} cannot be used as the collection in a for directive`,
        detail: "A list, set, map or object is required.",
        range: part.collection.range,
      });
      this.known = false;
      return;
    }
    for (const [key, value] of elementsOf(collection)) {
      scope.budget.charge("steps", 1);
      const names: [string, Value][] = [[part.valueName.name, value]];
      if (part.keyName) names.unshift([part.keyName.name, key]);
      this.addAll(part.body, childScope(scope, names));
    }
  }

  private reportValue(what: "null" | "type", range: TemplatePart["range"], detail: string): void {
    const code = what === "null" ? "null-in-text" : "wrong-value-in-text";
    reportProblem(this.scope, { code, summary: "This value cannot be included in a string template", detail, range });
  }
}
