import type { LateText } from "../core/late.js";
import { constant, PLACEHOLDER } from "./context.js";
import { asObject, type Decoding, type Field } from "./decoding.js";
import { describeNode, type OptionEntry, type OptionNode, type StringNode } from "./node.js";

/** Items of a list; `split`: a string of a JSON template is cut at commas, `whole`: anything single is a list of one. */
export function readItems<T>(
  node: OptionNode,
  decoding: Decoding,
  item: Field<T>,
  single: "split" | "whole",
): readonly NonNullable<T>[] | undefined {
  if (node.kind === "unknown") {
    decoding.unknown();
    return [];
  }
  const nodes = node.kind === "list" ? node.items : listOfOne(node, decoding, single);
  const values: NonNullable<T>[] = [];
  nodes.forEach((each, index) => {
    const value = decoding.part(index, each, () => item.decode(each, decoding));
    if (value !== undefined && value !== null) values.push(value as NonNullable<T>);
  });
  return values;
}

function listOfOne(node: OptionNode, decoding: Decoding, how: "split" | "whole"): readonly OptionNode[] {
  if (how === "split" && decoding.language === "hcl2") {
    decoding.wrong(node, `must be a list, not ${describeNode(node)}`, "Write it in square brackets: [ … ].");
    return [];
  }
  if (how === "whole" || node.kind !== "string")
    return node.kind === "object" && node.entries.length === 0 ? [] : [node];
  const text = decoding.render(node);
  if (text === undefined || text === "") return [];
  return text.split(",").map((value) => ({ kind: "string", value, range: node.range, literal: true }));
}

/** A map of text; a list of one map is read as that map. */
export function readTextMap(node: OptionNode, decoding: Decoding): Readonly<Record<string, string>> {
  const result: Record<string, string> = {};
  for (const { entry, key } of mapEntries(node, decoding)) {
    const name = decoding.render(key);
    const value = decoding.part(entry.key, entry.value, () =>
      entry.value.kind === "null" ? "" : decoding.text(entry.value),
    );
    if (name !== undefined && value !== undefined) result[name] = value;
  }
  return result;
}

/** Key and value of a map entry whose both sides are rendered during the run (tags). */
export interface LateEntry {
  readonly key: LateText;
  readonly value: LateText;
}

/** A map whose keys and values are rendered during the run. */
export function readLateMap(node: OptionNode, decoding: Decoding): readonly LateEntry[] {
  const result: LateEntry[] = [];
  for (const { entry, key } of mapEntries(node, decoding)) {
    const name = decoding.compile(key);
    const value = decoding.part(entry.key, entry.value, () =>
      entry.value.kind === "null" ? constant("") : decoding.compile(entry.value),
    );
    if (name && value) result.push({ key: name, value });
  }
  return result;
}

function mapEntries(given: OptionNode, decoding: Decoding): { entry: OptionEntry; key: StringNode }[] {
  const node = asObject(given);
  if (!node) {
    if (given.kind === "unknown") decoding.unknown();
    else if (given.kind !== "list" || given.items.length > 0)
      decoding.wrong(given, `must be a map, not ${describeNode(given)}`);
    return [];
  }
  return node.entries.map((entry) => ({ entry, key: { kind: "string", value: entry.key, range: entry.keyRange } }));
}

/** Any JSON value, strings rendered (chef-solo's `json`). */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Free-form JSON with its strings rendered. */
export function readJson(node: OptionNode, decoding: Decoding): Json | undefined {
  switch (node.kind) {
    case "string":
      return decoding.render(node);
    case "number":
      return Number(node.value);
    case "bool":
      return node.value;
    case "null":
      return null;
    case "unknown":
      decoding.unknown();
      return PLACEHOLDER;
    case "list":
      return node.items.map((item) => readJson(item, decoding) ?? null);
    default:
      return Object.fromEntries(
        node.entries.map(({ key, keyRange, value }) => [
          decoding.render({ kind: "string", value: key, range: keyRange }) ?? key,
          readJson(value, decoding) ?? null,
        ]),
      );
  }
}
