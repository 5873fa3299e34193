import type { LateText } from "../core/late.js";
import { constant, PLACEHOLDER } from "./context.js";
import { asObject, type Decoding, type Field } from "./decoding.js";
import { describeNode, type OptionEntry, type OptionNode, type StringNode } from "./node.js";

/** Returns the items of a list. `split`: a string in a JSON template is split at commas. `whole`: a single value is a list of one item. */
export function readItems<T>(
  node: OptionNode,
  decoding: Decoding,
  item: Field<T>,
  single: "split" | "whole",
): readonly NonNullable<T>[] | undefined {
  if (node.kind === "unknown") {
    decoding.markUnknown();
    return [];
  }
  const nodes = node.kind === "list" ? node.items : listOfOne(node, decoding, single);
  const values: NonNullable<T>[] = [];
  nodes.forEach((each, index) => {
    const value = decoding.part(index, each, () =>
      each.kind === "null" ? readNull(each, decoding, item) : item.decode(each, decoding),
    );
    if (value !== undefined && value !== null) values.push(value as NonNullable<T>);
  });
  return values;
}

/**
 * Reads a null in a list. In HCL2 it is an error, as in Packer (hcl2template, "null value is not allowed"). In JSON a string is empty
 * then, and other values are left out.
 */
function readNull<T>(node: OptionNode, decoding: Decoding, item: Field<T>): T | undefined {
  if (decoding.language === "hcl2") {
    rejectNull(node, decoding);
    return undefined;
  }
  if (item.type !== "string" && item.type !== "template") return undefined;
  decoding.warn(node, "is null: it is read as an empty string");
  return item.decode({ kind: "string", value: "", range: node.range }, decoding);
}

function rejectNull(node: OptionNode, decoding: Decoding): void {
  decoding.reject(node, "is null: null value is not allowed", "Remove it, or write an empty string.");
}

function listOfOne(node: OptionNode, decoding: Decoding, how: "split" | "whole"): readonly OptionNode[] {
  if (how === "split" && decoding.language === "hcl2") {
    decoding.reject(node, `must be a list, not ${describeNode(node)}`, "Write the value in square brackets: [ … ].");
    return [];
  }
  if (how === "whole" || node.kind !== "string")
    return node.kind === "object" && node.entries.length === 0 ? [] : [node];
  const text = decoding.render(node);
  if (text === undefined || text === "") return [];
  return text.split(",").map((value) => ({ kind: "string", value, range: node.range, literal: true }));
}

/** Returns a map of strings. A list of one map is read as that map. */
export function readTextMap(node: OptionNode, decoding: Decoding): Readonly<Record<string, string>> {
  const result: Record<string, string> = {};
  for (const { entry, key } of mapEntries(node, decoding)) {
    const name = decoding.render(key);
    const value = decoding.part(entry.key, entry.value, () => {
      if (entry.value.kind !== "null") return decoding.text(entry.value);
      if (decoding.language === "hcl2") rejectNull(entry.value, decoding);
      return "";
    });
    if (name !== undefined && value !== undefined) result[name] = value;
  }
  return result;
}

/** A map entry whose key and value are rendered during the run (tags). */
export interface LateEntry {
  readonly key: LateText;
  readonly value: LateText;
}

/** Returns a map whose keys and values are rendered during the run. */
export function readLateMap(node: OptionNode, decoding: Decoding): readonly LateEntry[] {
  const result: LateEntry[] = [];
  for (const { entry, key } of mapEntries(node, decoding)) {
    const name = decoding.compile(key);
    const value = decoding.part(entry.key, entry.value, () => {
      if (entry.value.kind !== "null") return decoding.compile(entry.value);
      if (decoding.language === "hcl2") rejectNull(entry.value, decoding);
      return constant("");
    });
    if (name && value) result.push({ key: name, value });
  }
  return result;
}

function mapEntries(given: OptionNode, decoding: Decoding): { entry: OptionEntry; key: StringNode }[] {
  const node = asObject(given);
  if (!node) {
    if (given.kind === "unknown") decoding.markUnknown();
    else if (given.kind !== "list" || given.items.length > 0)
      decoding.reject(given, `must be a map, not ${describeNode(given)}`);
    return [];
  }
  return node.entries.map((entry) => ({ entry, key: { kind: "string", value: entry.key, range: entry.keyRange } }));
}

/** Any JSON value with rendered strings (chef-solo's `json`). */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Returns free-form JSON with rendered strings. */
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
      decoding.markUnknown();
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
