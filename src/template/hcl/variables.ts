import type { Range } from "../../core/source.js";
import { ConversionError, convertValue, tryConvert } from "../values/convert.js";
import { BOOL, DYNAMIC, STRING, type Type } from "../values/types.js";
import { unknownValue, type Value } from "../values/value.js";
import { checkBlockName } from "./blocks.js";
import { evaluate, toSentence } from "./evaluate/scope.js";
import { applyDefaults, readTypeConstraint, type TypeDefaults } from "./evaluate/type-constraints.js";
import { constantScope, reportError, type TemplateReading } from "./reading.js";
import type { Expression } from "./syntax/ast.js";
import type { Attribute, Block } from "./syntax/body.js";
import { content, justAttributes } from "./syntax/content.js";
import { staticExpression } from "./syntax/json/expressions.js";
import { printExpression } from "./syntax/print.js";
import { reportNull } from "./text-attributes.js";
import { type AssignedValue, readValidation, type ValidationRule } from "./validation-rules.js";

/** A declared input variable. */
export interface Variable {
  readonly name: string;
  /** The type of the constraint, or of the default when there is no constraint. */
  readonly type: Type;
  readonly typeText: string | undefined;
  readonly defaults: TypeDefaults | undefined;
  readonly description: string | undefined;
  readonly sensitive: boolean;
  readonly rules: readonly ValidationRule[];
  /** In order of precedence; the last one is in effect. */
  readonly values: AssignedValue[];
  readonly range: Range;
}

const SCHEMA = {
  attributes: ["description", "default", "type", "sensitive"].map((name) => ({ name })),
  blocks: [{ type: "validation" }],
};

/** Reads `variable` and `variables` blocks (Packer §2.2). */
export function readVariables(
  variable: readonly Block[],
  variables: readonly Block[],
  reading: TemplateReading,
): ReadonlyMap<string, Variable> {
  const found = new Map<string, Variable>();
  for (const block of variable) declare(readVariable(block, reading), found, reading);
  for (const block of variables) {
    const { attributes, diagnostics } = justAttributes(block.body);
    reading.diagnostics.push(...diagnostics);
    for (const attribute of attributes) declare(readShortVariable(attribute, reading), found, reading);
  }
  return found;
}

function declare(variable: Variable, found: Map<string, Variable>, reading: TemplateReading): void {
  const first = found.get(variable.name);
  if (!first) {
    found.set(variable.name, variable);
    return;
  }
  reading.diagnostics.push({
    severity: "error",
    code: "duplicate-variable",
    summary: `Duplicate variable "${variable.name}"`,
    range: variable.range,
    related: { text: "First declared here", range: first.range },
  });
}

/** `name = default` in a `variables` block. */
function readShortVariable(attribute: Attribute, reading: TemplateReading): Variable {
  const value = evaluate(attribute.expression, constantScope(reading, reading.defaultFunctions));
  return {
    name: attribute.name,
    type: value.type,
    typeText: undefined,
    defaults: undefined,
    description: undefined,
    sensitive: false,
    rules: [],
    values: [{ origin: "default", value, range: attribute.expression.range }],
    range: attribute.nameRange,
  };
}

function readVariable(block: Block, reading: TemplateReading): Variable {
  const [label] = block.labels;
  const name = label?.text ?? "";
  checkBlockName(reading, "variable", label);
  const found = content(block.body, SCHEMA);
  reading.diagnostics.push(...found.diagnostics);
  const attribute = (key: string) => found.content.attributes.get(key)?.expression;
  const typeExpression = attribute("type");
  const constraint = typeExpression && readType(typeExpression, reading);
  const type = constraint?.type ?? DYNAMIC;
  const description = readConstant(attribute("description"), STRING, "description", reading);
  const sensitive = readConstant(attribute("sensitive"), BOOL, "sensitive", reading);
  const values: AssignedValue[] = [];
  const given = attribute("default");
  if (given) {
    const raw = evaluate(given, constantScope(reading, reading.defaultFunctions));
    values.push({
      origin: "default",
      value: convertDefault(raw, constraint ?? { type, defaults: undefined }, given, reading),
      range: given.range,
    });
  }
  return {
    name,
    type: type.kind === "dynamic" ? inferType(values[0]?.value) : type,
    typeText: typeExpression && (constraint?.text ?? undefined),
    defaults: constraint?.defaults,
    description: description?.kind === "string" ? description.value : undefined,
    sensitive: sensitive?.kind === "bool" && sensitive.value,
    rules: found.content.blocks.flatMap((rule) => readValidation(name, rule, reading) ?? []),
    values,
    range: block.headerRange,
  };
}

/** Reads the type of a variable. In the JSON syntax it is a string. */
function readType(written: Expression, reading: TemplateReading) {
  const expression = staticExpression(written);
  reading.diagnostics.push(...expression.diagnostics);
  const constraint = readTypeConstraint(expression.expression, {
    allowOptional: true,
    diagnostics: reading.diagnostics,
    evaluateDefault: (value) => evaluate(value, constantScope(reading)),
  });
  return constraint && { ...constraint, text: printExpression(expression.expression) };
}

function readConstant(
  expression: Expression | undefined,
  type: Type,
  name: string,
  reading: TemplateReading,
): Value | undefined {
  if (!expression) return undefined;
  const value = tryConvert(evaluate(expression, constantScope(reading)), type);
  if (!value) reportError(reading, "wrong-value", `"${name}" must be a ${type.kind}`, { range: expression.range });
  if (value?.kind === "null") reportNull(name, expression.range, reading);
  return value;
}

/** Returns the type of a variable without a constraint: the type of its default, unless that is an empty list or object. */
function inferType(value: Value | undefined): Type {
  if (!value) return DYNAMIC;
  const empty = ("items" in value && value.items.length === 0) || ("entries" in value && value.entries.size === 0);
  return empty ? DYNAMIC : value.type;
}

function convertDefault(
  raw: Value,
  constraint: { readonly type: Type; readonly defaults: TypeDefaults | undefined },
  expression: Expression,
  reading: TemplateReading,
): Value {
  try {
    return convertToType(raw, constraint);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    reportError(reading, "wrong-default", "This default value is not compatible with the variable's type constraint", {
      detail: toSentence(error.detail),
      range: expression.range,
    });
    return unknownValue(constraint.type);
  }
}

/** Sets the defaults of optional attributes, then converts the value to the type. Throws `ConversionError`. */
export function convertToType(
  raw: Value,
  variable: { readonly type: Type; readonly defaults: TypeDefaults | undefined },
): Value {
  return convertValue(variable.defaults ? applyDefaults(raw, variable.defaults) : raw, variable.type);
}
