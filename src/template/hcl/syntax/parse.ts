import type { Diagnostic } from "../../../core/diagnostics.js";
import type { SourceText } from "../../../core/source.js";
import type { Expression, TemplateExpression } from "./ast.js";
import { parseBody } from "./bodies.js";
import type { NativeBody } from "./body.js";
import { parseAnyExpression } from "./expressions.js";
import { type LocatedText, locate } from "./located.js";
import { createParser, type Parser, peek, rangeOf, recordErrorUnlessRecovering } from "./parser.js";
import { parseWholeTemplate } from "./template-sequences.js";

/** Parses a file in HCL's native syntax. After errors, the body contains the items that could be parsed. */
export function parseConfig(source: SourceText): { body: NativeBody; diagnostics: readonly Diagnostic[] } {
  const p = createParser(locate(source), "configuration", parseAnyExpression);
  return { body: parseBody(p, "end"), diagnostics: p.diagnostics };
}

/** Parses a text that is one expression. Newlines are white space. */
export function parseExpression(source: SourceText): { expression: Expression; diagnostics: readonly Diagnostic[] } {
  return parseLocatedExpression(locate(source));
}

/** Parses an expression that is part of a file. */
export function parseLocatedExpression(text: LocatedText): {
  expression: Expression;
  diagnostics: readonly Diagnostic[];
} {
  const p = createParser(text, "configuration", parseAnyExpression);
  p.newlines.push(false);
  const expression = parseAnyExpression(p);
  reportExtraCharacters(p);
  return { expression, diagnostics: p.diagnostics };
}

function reportExtraCharacters(p: Parser): void {
  const next = peek(p);
  if (next.type === "end") return;
  recordErrorUnlessRecovering(p, rangeOf(p, next), {
    summary: "Extra characters after expression",
    detail: "Extra characters were found after a complete expression.",
    hint: "Check for a missing operator, comma or quote.",
  });
}

/** Parses a whole text as a template, as `templatefile` does. */
export function parseTemplate(source: SourceText): {
  template: TemplateExpression;
  diagnostics: readonly Diagnostic[];
} {
  return parseLocatedTemplate(locate(source), "text");
}

/** Parses a template that is part of a file. */
export function parseLocatedTemplate(
  text: LocatedText,
  form: "text" | "json",
): { template: TemplateExpression; diagnostics: readonly Diagnostic[] } {
  const p = createParser(text, "template", parseAnyExpression);
  return { template: parseWholeTemplate(p, form), diagnostics: p.diagnostics };
}
