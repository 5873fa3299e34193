import type { Range } from "../../../core/source.js";
import type { Expression, ObjectKey, TemplatePart, TraversalStep } from "../syntax/ast.js";

/** A use of a name: `var.a.b[0]` has root `var` and attributes `a`, `b`. */
export interface Reference {
  readonly root: string;
  /** The attribute names directly after the root. A constant string index counts as an attribute. */
  readonly attributes: readonly string[];
  readonly range: Range;
}

/** Returns all names that an expression refers to, in order, except names that the expression declares (`for`). */
export function findReferences(expression: Expression): readonly Reference[] {
  const found: Reference[] = [];
  visit(expression, new Set(), found);
  return found;
}

type Bound = ReadonlySet<string>;

function visit(expression: Expression, bound: Bound, found: Reference[]): void {
  switch (expression.kind) {
    case "variable":
      if (!bound.has(expression.name)) found.push({ root: expression.name, attributes: [], range: expression.range });
      return;
    case "traversal":
      visitTraversal(expression, bound, found);
      return;
    case "template":
      for (const part of expression.parts) visitPart(part, bound, found);
      return;
    case "for-tuple":
    case "for-object": {
      visit(expression.collection, bound, found);
      const inner = new Set([
        ...bound,
        expression.valueName.name,
        ...(expression.keyName ? [expression.keyName.name] : []),
      ]);
      if (expression.kind === "for-object") visit(expression.key, inner, found);
      visit(expression.value, inner, found);
      if (expression.condition) visit(expression.condition, inner, found);
      return;
    }
    case "object":
      for (const item of expression.items) {
        visitKey(item.key, bound, found);
        visit(item.value, bound, found);
      }
      return;
    default:
      for (const part of children(expression)) visit(part, bound, found);
  }
}

function children(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "call":
      return expression.arguments;
    case "tuple":
      return expression.items;
    case "conditional":
      return [expression.condition, expression.whenTrue, expression.whenFalse];
    case "binary":
      return [expression.left, expression.right];
    case "unary":
      return [expression.operand];
    case "parentheses":
      return [expression.inner];
    default:
      return [];
  }
}

function visitKey(key: ObjectKey, bound: Bound, found: Reference[]): void {
  if (key.kind !== "name") visit(key, bound, found);
}

function visitTraversal(
  expression: Extract<Expression, { kind: "traversal" }>,
  bound: Bound,
  found: Reference[],
): void {
  const { source, steps } = expression;
  if (source.kind !== "variable") visit(source, bound, found);
  else if (!bound.has(source.name))
    found.push({ root: source.name, attributes: leadingNames(steps), range: expression.range });
  visitSteps(steps, bound, found);
}

function visitSteps(steps: readonly TraversalStep[], bound: Bound, found: Reference[]): void {
  for (const step of steps) {
    if (step.kind === "index") visit(step.key, bound, found);
    if (step.kind === "splat") visitSteps(step.steps, bound, found);
  }
}

function leadingNames(steps: readonly TraversalStep[]): readonly string[] {
  const names: string[] = [];
  for (const step of steps) {
    const name = step.kind === "attribute" ? step.name : step.kind === "index" ? constantKey(step.key) : undefined;
    if (name === undefined) break;
    names.push(name);
  }
  return names;
}

function constantKey(key: Expression): string | undefined {
  if (key.kind !== "template") return undefined;
  const texts = key.parts.map((part) => (part.kind === "literal" ? part.text : undefined));
  return texts.includes(undefined) ? undefined : texts.join("");
}

function visitPart(part: TemplatePart, bound: Bound, found: Reference[]): void {
  if (part.kind === "interpolation") visit(part.expression, bound, found);
  if (part.kind === "if") {
    visit(part.condition, bound, found);
    for (const inner of [...part.whenTrue, ...(part.whenFalse ?? [])]) visitPart(inner, bound, found);
  }
  if (part.kind === "for") {
    visit(part.collection, bound, found);
    const names = new Set([...bound, part.valueName.name, ...(part.keyName ? [part.keyName.name] : [])]);
    for (const inner of part.body) visitPart(inner, names, found);
  }
}
