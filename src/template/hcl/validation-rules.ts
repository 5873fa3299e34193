import type { Range } from "../../core/source.js";
import { tryConvert } from "../values/convert.js";
import { BOOL } from "../values/types.js";
import { objectValue, type Value } from "../values/value.js";
import { findReferences } from "./evaluate/references.js";
import { evaluate } from "./evaluate/scope.js";
import { constantScope, fullScope, reportError, type TemplateReading } from "./reading.js";
import type { Expression } from "./syntax/ast.js";
import type { Block } from "./syntax/body.js";
import { content } from "./syntax/content.js";

/** The origin of a variable's value. Later ones take precedence. */
export type ValueOrigin = "default" | "environment" | "variable file" | "command line";

/** A value assigned to a variable. */
export interface AssignedValue {
  readonly origin: ValueOrigin;
  readonly value: Value;
  /** Undefined for values from the environment and the command line. */
  readonly range: Range | undefined;
}

/** A `validation` block of a variable. */
export interface ValidationRule {
  readonly condition: Expression;
  readonly message: string;
  readonly range: Range;
}

const SCHEMA = { attributes: ["condition", "error_message"].map((name) => ({ name, required: true })) };

/** Returns the rule of a `validation` block (Packer §2.2 "variable"). Returns undefined after an error. */
export function readValidation(variable: string, block: Block, reading: TemplateReading): ValidationRule | undefined {
  const found = content(block.body, SCHEMA);
  reading.diagnostics.push(...found.diagnostics);
  const condition = found.content.attributes.get("condition")?.expression;
  const text = found.content.attributes.get("error_message")?.expression;
  if (!condition || !text) return undefined;
  const valid = checkReferences(variable, condition, reading);
  const message = evaluate(text, constantScope(reading));
  if (message.kind !== "string") {
    if (message.kind !== "unknown")
      reportError(reading, "wrong-value", `"error_message" must be a string`, { range: text.range });
    return undefined;
  }
  if (!isSentence(message.value)) {
    reportError(reading, "wrong-error-message", "The error message must be a sentence", {
      detail: "It must start with an uppercase letter and end with a period, a question mark or an exclamation mark.",
      range: text.range,
    });
  }
  return valid ? { condition, message: message.value, range: block.headerRange } : undefined;
}

function checkReferences(variable: string, condition: Expression, reading: TemplateReading): boolean {
  const used = findReferences(condition);
  const others = used.filter(({ root, attributes }) => root !== "var" || attributes[0] !== variable);
  for (const { range } of others) {
    reportError(
      reading,
      "wrong-validation",
      `The condition for variable "${variable}" can refer only to var.${variable}`,
      { range },
    );
  }
  if (used.length > others.length) return others.length === 0;
  reportError(reading, "wrong-validation", `The condition for variable "${variable}" must refer to var.${variable}`, {
    range: condition.range,
  });
  return false;
}

function isSentence(text: string): boolean {
  const trimmed = text.trim();
  return /^(?:\p{Lu}|\P{L})/u.test(trimmed) && /[.?!]$/.test(trimmed);
}

/** Checks a value of the variable `name` against a rule. */
export function checkRule(name: string, rule: ValidationRule, given: AssignedValue, reading: TemplateReading): void {
  const { value, origin, range } = given;
  const scope = fullScope(reading, new Map([["var", objectValue([[name, value]])]]));
  const result = evaluate(rule.condition, scope);
  if (result.kind === "unknown") return;
  const passed = result.kind === "null" ? undefined : asBool(result);
  if (passed === undefined) {
    reportError(reading, "wrong-validation", "The condition must be true or false", { range: rule.condition.range });
  } else if (!passed) {
    reading.diagnostics.push({
      severity: "error",
      code: "invalid-variable",
      summary: `Invalid value for variable "${name}"${origin === "environment" ? " (from the environment)" : ""}`,
      detail: rule.message,
      range,
      related: { text: "Checked by this validation rule", range: rule.range },
    });
  }
}

function asBool(value: Value): boolean | undefined {
  const bool = tryConvert(value, BOOL);
  return bool?.kind === "bool" ? bool.value : undefined;
}
