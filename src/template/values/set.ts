import { sameValue } from "./equality.js";
import { compareText, setOf, type Type } from "./types.js";
import { isDeeplySensitive, type SequenceValue, unmarked, type Value } from "./value.js";

/** Returns a set of items of type `element`, without duplicates and in HCL's order. A sensitive item makes the whole set sensitive. */
export function setValue(element: Type, items: readonly Value[]): SequenceValue {
  const sensitive = items.some(isDeeplySensitive);
  const plain = sensitive ? items.map(unmarked) : items;
  return { kind: "set", type: setOf(element), items: sortItems(element, plain), sensitive };
}

function sortItems(element: Type, items: readonly Value[]): readonly Value[] {
  return [...withoutDuplicates(items)].sort((a, b) => compareItems(element, a, b));
}

/** Returns the items without duplicates, in their order. Unknown items are never duplicates. */
export function withoutDuplicates(items: readonly Value[]): readonly Value[] {
  const unique: Value[] = [];
  const byHash = new Map<string, Value[]>();
  for (const item of items) {
    const hash = orderKey(item);
    const bucket = byHash.get(hash);
    if (item.kind !== "unknown" && bucket?.some((other) => sameValue(item, other))) continue;
    if (bucket) bucket.push(item);
    else byHash.set(hash, [item]);
    unique.push(item);
  }
  return unique;
}

/** Sorts null last, and unknown after known values. Strings by code points, numbers by size, `false` first, other values by a key. */
function compareItems(element: Type, a: Value, b: Value): number {
  const last = placeOf(a) - placeOf(b);
  if (last !== 0) return last;
  if (a.kind === "string" && b.kind === "string") return compareText(a.value, b.value);
  if (a.kind === "number" && b.kind === "number") return a.value.comparedTo(b.value);
  if (a.kind === "bool" && b.kind === "bool") return Number(a.value) - Number(b.value);
  return element.kind === "dynamic" ? 0 : compareText(orderKey(a), orderKey(b));
}

function placeOf(value: Value): number {
  if (value.kind === "null") return 2;
  return value.kind === "unknown" ? 1 : 0;
}

/** Returns the text by which cty sorts and hashes compound values. It has ten digits of each number. */
function orderKey(value: Value): string {
  switch (value.kind) {
    case "unknown":
      return "?";
    case "null":
      return "~";
    case "string":
      return JSON.stringify(value.value);
    case "number":
      return tenDigits(value.value.toExponential(9), value.value.toSignificantDigits(10).toFixed());
    case "bool":
      return value.value ? "T" : "F";
    case "map":
      return `{${[...value.entries].map(([k, v]) => `${JSON.stringify(k)}:${orderKey(v)};`).join("")}}`;
    case "object":
      return `<${[...value.entries.values()].map((v) => `${orderKey(v)};`).join("")}>`;
    case "tuple":
      return `<${value.items.map((v) => `${orderKey(v)};`).join("")}>`;
    default:
      return `[${value.items.map((v) => `${orderKey(v)};`).join("")}]`;
  }
}

/** Go's `%.10g`: with an exponent below -4 and from 10. */
function tenDigits(scientific: string, fixed: string): string {
  const [digits = "", power = "0"] = scientific.split("e");
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 10) return fixed;
  const sign = exponent < 0 ? "-" : "+";
  return `${digits.replace(/\.?0+$/, "")}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}
