import type { Command, Operand, ParsedText, Pipeline, Span, TextNode } from "./ast.js";
import { findFunction } from "./call.js";
import type { Finding, TextFunctions } from "./function.js";
import type { GoValue } from "./values.js";

/** What functions say of calls with literal arguments, before anything is rendered: each with its place in the text. */
export function checkCalls(text: ParsedText, functions: TextFunctions): readonly (Finding & Span)[] {
  const found: (Finding & Span)[] = [];
  const command = ({ operands, start, end }: Command, piped: GoValue | undefined, isPiped: boolean) => {
    const [first, ...rest] = operands;
    for (const operand of rest) inner(operand);
    if (first.kind === "pipeline") inner(first);
    if (first.kind !== "function") return;
    const given = rest.map((operand) => (operand.kind === "literal" ? operand.value : undefined));
    const finding = findFunction(first.name, functions)?.check?.(isPiped ? [...given, piped] : given);
    if (finding) found.push({ ...finding, start, end });
  };
  const pipeline = ({ commands }: Pipeline) => {
    commands.forEach((each, index) => {
      const before = commands[index - 1]?.operands;
      const [only] = before ?? [];
      const piped = before?.length === 1 && only?.kind === "literal" ? only.value : undefined;
      command(each, piped, index > 0);
    });
  };
  const inner = (operand: Operand) => {
    if (operand.kind === "pipeline") pipeline(operand.pipeline);
    if (operand.kind !== "function") return;
    const finding = findFunction(operand.name, functions)?.check?.([]);
    if (finding) found.push({ ...finding, start: operand.start, end: operand.end });
  };
  const nodes = (list: readonly TextNode[]) => {
    for (const node of list) {
      if ("pipeline" in node && node.pipeline) pipeline(node.pipeline);
      if ("body" in node) {
        nodes(node.body);
        nodes(node.otherwise);
      }
    }
  };
  nodes(text.body);
  for (const body of text.templates.values()) nodes(body);
  return found;
}
