import { splitLines, splitList } from "../core/request-values.js";
import { readItems } from "./collections.js";
import type { Decoding, Field } from "./decoding.js";
import type { OptionNode } from "./node.js";
import type { FieldNotes } from "./notes.js";

/** A list whose items are separated by commas or line breaks; items of a list are split too. Empty when not set. */
export function commas<T>(item: Field<T>, notes: FieldNotes<never>): Field<readonly NonNullable<T>[]> {
  return separated(item, notes, (node, decoding) =>
    (node.kind === "list" ? node.items : [node]).flatMap((each) => pieces(each, decoding, splitList)),
  );
}

/** A list with one item per line; items of a list are not split. Empty when not set. */
export function lines<T>(item: Field<T>, notes: FieldNotes<never>): Field<readonly NonNullable<T>[]> {
  return separated(item, notes, (node, decoding) =>
    node.kind === "list" ? node.items : pieces(node, decoding, splitLines),
  );
}

function separated<T>(
  item: Field<T>,
  notes: FieldNotes<never>,
  itemsOf: (node: OptionNode, decoding: Decoding) => readonly OptionNode[],
): Field<readonly NonNullable<T>[]> {
  return {
    type: `list of ${item.type}`,
    notes,
    absent: [],
    decode: (node, decoding) =>
      readItems({ kind: "list", items: itemsOf(node, decoding), range: node.range }, decoding, item, "whole"),
  };
}

/** Returns the items in a string. Any other node is one item. */
function pieces(
  node: OptionNode,
  decoding: Decoding,
  split: (text: string) => readonly string[],
): readonly OptionNode[] {
  if (node.kind !== "string") return [node];
  const items = split(decoding.render(node) ?? "");
  return items.map((value) => ({ kind: "string", value, range: node.range, literal: true }));
}
