import type { Expression, ObjectKey, TemplatePart, TraversalStep } from "../../../../src/template/hcl/syntax/ast.js";

/** Returns the structure of an expression as a short S-expression, for tables of cases. */
export function sketch(expression: Expression | ObjectKey): string {
  switch (expression.kind) {
    case "name":
      return `'${expression.name}`;
    case "number":
      return expression.digits;
    case "boolean":
      return String(expression.value);
    case "null":
      return "null";
    case "invalid":
      return "?!";
    case "variable":
      return expression.name;
    case "template":
      return `<${expression.parts.map(sketchPart).join(" ")}>`;
    case "traversal":
      return `${sketch(expression.source)}${expression.steps.map(sketchStep).join("")}`;
    case "call":
      return `${expression.name}(${expression.arguments.map(sketch).join(" ")}${expression.expandFinal ? " ..." : ""})`;
    case "tuple":
      return `[${expression.items.map(sketch).join(" ")}]`;
    case "object":
      return `{${expression.items.map(({ key, value }) => `${sketch(key)}:${sketch(value)}`).join(" ")}}`;
    case "for-tuple":
    case "for-object": {
      const { keyName, valueName, collection, condition, value } = expression;
      const key = expression.kind === "for-object" ? `${sketch(expression.key)}=>` : "";
      const group = expression.kind === "for-object" && expression.grouped ? "..." : "";
      const filter = condition ? ` if ${sketch(condition)}` : "";
      return `(${expression.kind} ${keyName ? `${keyName.name},` : ""}${valueName.name} in ${sketch(collection)} ${key}${sketch(value)}${group}${filter})`;
    }
    case "conditional":
      return `(? ${sketch(expression.condition)} ${sketch(expression.whenTrue)} ${sketch(expression.whenFalse)})`;
    case "binary":
      return `(${expression.operator} ${sketch(expression.left)} ${sketch(expression.right)})`;
    case "unary":
      return `(${expression.operator} ${sketch(expression.operand)})`;
    case "parentheses":
      return `((${sketch(expression.inner)}))`;
  }
}

function sketchStep(step: TraversalStep): string {
  switch (step.kind) {
    case "attribute":
      return `.${step.name}`;
    case "index":
      return `[${sketch(step.key)}]`;
    case "legacy-index":
      return `.#${step.digits}`;
    case "splat":
      return `${step.form === "full" ? "[*" : ".*{"}${step.steps.map(sketchStep).join("")}${step.form === "full" ? "]" : "}"}`;
  }
}

function sketchPart(part: TemplatePart): string {
  switch (part.kind) {
    case "literal":
      return JSON.stringify(part.text);
    case "interpolation":
      return `\${${sketch(part.expression)}}`;
    case "if": {
      const otherwise = part.whenFalse ? ` else ${part.whenFalse.map(sketchPart).join(" ")}` : "";
      return `%(if ${sketch(part.condition)} ${part.whenTrue.map(sketchPart).join(" ")}${otherwise})`;
    }
    case "for":
      return `%(for ${part.keyName ? `${part.keyName.name},` : ""}${part.valueName.name} in ${sketch(part.collection)} ${part.body.map(sketchPart).join(" ")})`;
  }
}
