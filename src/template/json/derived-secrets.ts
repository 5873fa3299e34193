import type { OptionNode, StringNode } from "../../options/node.js";
import { renderText, type TextEnvironment } from "../go-template/engine.js";

/**
 * Renders all texts of a template for one build, so that `onDerived` of the environment gets what they compute from secrets
 * ({{user `password` | upper}}) before anything is printed. Texts that cannot be rendered yet, or have errors, are skipped: the part that
 * they are of reports that.
 */
export function findDerivedSecrets(root: OptionNode, environment: TextEnvironment): void {
  for (const node of textsIn(root)) renderText(node, environment);
}

function* textsIn(node: OptionNode): Iterable<StringNode> {
  if (node.kind === "string") yield node;
  else if (node.kind === "list") for (const item of node.items) yield* textsIn(item);
  else if (node.kind === "object")
    for (const { key, keyRange, value } of node.entries) {
      yield { kind: "string", value: key, range: keyRange };
      yield* textsIn(value);
    }
}
