import type { Range } from "../../core/source.js";
import { tryConvert } from "../values/convert.js";
import { BOOL } from "../values/types.js";
import { checkBlockName } from "./blocks.js";
import { evaluate } from "./evaluate/scope.js";
import { constantScope, reportError, type TemplateReading } from "./reading.js";
import type { Expression } from "./syntax/ast.js";
import type { Block } from "./syntax/body.js";
import { content, justAttributes } from "./syntax/content.js";
import { reportNull } from "./text-attributes.js";

/** The definition of a local value. */
export interface LocalDefinition {
  readonly name: string;
  readonly expression: Expression;
  readonly sensitive: boolean;
  readonly range: Range;
}

/** Reads `locals` and `local` blocks (Packer §2.2). */
export function readLocals(
  locals: readonly Block[],
  local: readonly Block[],
  reading: TemplateReading,
): readonly LocalDefinition[] {
  const found = new Map<string, LocalDefinition>();
  const define = (definition: LocalDefinition) => {
    const first = found.get(definition.name);
    if (!first) {
      found.set(definition.name, definition);
      return;
    }
    reading.diagnostics.push({
      severity: "error",
      code: "duplicate-local",
      summary: `Duplicate local value "${definition.name}"`,
      range: definition.range,
      related: { text: "First defined here", range: first.range },
    });
  };
  for (const block of locals) {
    const { attributes, diagnostics } = justAttributes(block.body);
    reading.diagnostics.push(...diagnostics);
    for (const { name, nameRange, expression } of attributes)
      define({ name, expression, sensitive: false, range: nameRange });
  }
  for (const block of local) {
    const definition = readLocal(block, reading);
    if (definition) define(definition);
  }
  return [...found.values()];
}

function readLocal(block: Block, reading: TemplateReading): LocalDefinition | undefined {
  const [label] = block.labels;
  checkBlockName(reading, "local value", label);
  const found = content(block.body, { attributes: [{ name: "expression", required: true }, { name: "sensitive" }] });
  reading.diagnostics.push(...found.diagnostics);
  const expression = found.content.attributes.get("expression")?.expression;
  if (!label || !expression) return undefined;
  const sensitive = readSensitive(found.content.attributes.get("sensitive")?.expression, reading);
  return { name: label.text, expression, sensitive, range: block.headerRange };
}

function readSensitive(expression: Expression | undefined, reading: TemplateReading): boolean {
  if (!expression) return false;
  const value = tryConvert(evaluate(expression, constantScope(reading)), BOOL);
  if (value?.kind === "null") reportNull("sensitive", expression.range, reading);
  if (value) return value.kind === "bool" && value.value;
  reportError(reading, "wrong-value", '"sensitive" must be true or false', { range: expression.range });
  return true;
}
