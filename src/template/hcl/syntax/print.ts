import type {
  Conditional,
  Expression,
  ForObject,
  ForTuple,
  ObjectItem,
  ObjectKey,
  TemplateExpression,
  TemplatePart,
  TraversalStep,
} from "./ast.js";
import { levelOf, UNARY } from "./precedence.js";
import { isIdentifier } from "./tokens.js";

/**
 * Returns an expression as HCL text on one line. Parsing the text gives the same tree, except for ranges and templates: every
 * template is a quoted one, with strip markers and dedent applied. Adds parentheses where precedence requires them. Prints
 * `invalid` as `null`.
 */
export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case "number":
      return expression.digits;
    case "boolean":
      return String(expression.value);
    case "null":
    case "invalid":
      return "null";
    case "variable":
      return expression.name;
    case "template":
      return printTemplate(expression);
    case "traversal":
      return printOperand(expression.source, UNARY) + printSteps(expression.steps);
    case "call":
      return `${expression.name}(${printList(expression.arguments)}${expression.expandFinal ? "..." : ""})`;
    case "tuple":
      return `[${printList(expression.items)}]`;
    case "object":
      return expression.items.length === 0 ? "{}" : `{ ${expression.items.map(printItem).join(", ")} }`;
    case "for-tuple":
    case "for-object":
      return printFor(expression);
    case "conditional":
      return printConditional(expression);
    case "binary": {
      const level = levelOf(expression);
      const left = printOperand(expression.left, level - 1);
      return `${left} ${expression.operator} ${printOperand(expression.right, level)}`;
    }
    case "unary":
      return expression.operator + printOperand(expression.operand, UNARY - 1);
    case "parentheses":
      return `(${printExpression(expression.inner)})`;
  }
}

/** Returns a text as a quoted string without template sequences. */
export function printString(text: string): string {
  return `"${escapeLiteral(text, false)}"`;
}

function printList(items: readonly Expression[]): string {
  return items.map(printExpression).join(", ");
}

/** Prints an expression, in parentheses when its precedence is not above the level. */
function printOperand(expression: Expression, level: number): string {
  const text = printExpression(expression);
  return levelOf(expression) > level ? text : `(${text})`;
}

function printConditional({ condition, whenTrue, whenFalse }: Conditional): string {
  return `${printOperand(condition, 0)} ? ${printExpression(whenTrue)} : ${printExpression(whenFalse)}`;
}

function printSteps(steps: readonly TraversalStep[]): string {
  return steps.map(printStep).join("");
}

function printStep(step: TraversalStep): string {
  switch (step.kind) {
    case "attribute":
      return `.${step.name}`;
    case "index":
      return `[${printExpression(step.key)}]`;
    case "legacy-index":
      return `.${step.digits}`;
    case "splat":
      return (step.form === "full" ? "[*]" : ".*") + printSteps(step.steps);
  }
}

function printItem(item: ObjectItem): string {
  return `${printKey(item.key)} = ${printExpression(item.value)}`;
}

/** Prints a key. Puts expressions that look like a bare name in parentheses, and names that are not identifiers in quotes. */
function printKey(key: ObjectKey): string {
  if (key.kind === "name") return isIdentifier(key.name) ? key.name : printString(key.name);
  const text = printExpression(key);
  return key.kind === "variable" || key.kind === "boolean" || key.kind === "null" ? `(${text})` : text;
}

function printFor(expression: ForTuple | ForObject): string {
  const { keyName, valueName, collection, condition } = expression;
  const names = keyName ? `${keyName.name}, ${valueName.name}` : valueName.name;
  const head = `for ${names} in ${printExpression(collection)}`;
  const value = printExpression(expression.value);
  const filter = condition ? ` if ${printExpression(condition)}` : "";
  if (expression.kind === "for-tuple") return `[${head} : ${value}${filter}]`;
  return `{ ${head} : ${printExpression(expression.key)} => ${value}${expression.grouped ? "..." : ""}${filter} }`;
}

function printTemplate(template: TemplateExpression): string {
  const text = printParts(template.parts, "end");
  const [first, ...others] = template.parts;
  // Empty literals still make the result a string.
  const wrapped = first?.kind === "interpolation" && others.length > 0;
  if (wrapped && others.every((part) => part.kind === "literal" && part.text === ""))
    return `"\${${printExpression(first.expression)} ~} "`;
  return `"${text}"`;
}

/** `end`: the parts are the end of the template. Parts of a branch are followed by a directive. */
function printParts(parts: readonly TemplatePart[], end?: "end"): string {
  return parts.map((part, i) => printPart(part, end === undefined || i < parts.length - 1)).join("");
}

function printPart(part: TemplatePart, followed: boolean): string {
  switch (part.kind) {
    case "literal":
      return escapeLiteral(part.text, followed);
    case "interpolation": {
      const text = printExpression(part.expression);
      return text.startsWith("{") ? `\${ ${text} }` : `\${${text}}`;
    }
    case "if": {
      const otherwise = part.whenFalse ? `%{ else }${printParts(part.whenFalse)}` : "";
      return `%{ if ${printExpression(part.condition)} }${printParts(part.whenTrue)}${otherwise}%{ endif }`;
    }
    case "for": {
      const names = part.keyName ? `${part.keyName.name}, ${part.valueName.name}` : part.valueName.name;
      return `%{ for ${names} in ${printExpression(part.collection)} }${printParts(part.body)}%{ endfor }`;
    }
  }
}

const ESCAPES = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ['"', '\\"'],
  ["\\", "\\\\"],
  ["${", "$${"],
  ["%{", "%%{"],
]);

/** Escapes an invisible character, such as a line separator or a direction mark, which a terminal does not show. */
function escapeCharacter(char: string): string {
  const hex = (char.codePointAt(0) ?? 0).toString(16);
  return hex.length > 4 ? `\\U${hex.padStart(8, "0")}` : `\\u${hex.padStart(4, "0")}`;
}

/** `followed`: a sequence follows, so a `$` or `%` at the end must be escaped. */
function escapeLiteral(text: string, followed: boolean): string {
  const escaped = text.replaceAll(
    /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|[\ufffd"\\]|[$%]\{/gu,
    (found) => ESCAPES.get(found) ?? escapeCharacter(found),
  );
  if (!followed) return escaped;
  return escaped.replace(/[$%]$/, (found) => (found === "$" ? "\\u0024" : "\\u0025"));
}
