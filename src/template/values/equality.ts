import { BOOL, sameType } from "./types.js";
import { boolValue, isDeeplySensitive, marked, unknownValue, type Value } from "./value.js";

/** HCL's `==`. Unknown when it depends on an unknown part, sensitive when one side is. Values of different types are not equal. */
export function equalValues(a: Value, b: Value): Value {
  const comparison = compare(a, b);
  const result = comparison === "unknown" ? unknownValue(BOOL) : boolValue(comparison === "equal");
  return marked(result, isDeeplySensitive(a) || isDeeplySensitive(b));
}

/** Returns whether both values are known and equal. Ignores sensitive marks. */
export function sameValue(a: Value, b: Value): boolean {
  return compare(a, b) === "equal";
}

type Comparison = "equal" | "different" | "unknown";

function compare(a: Value, b: Value): Comparison {
  if (a.kind === "null" || b.kind === "null") return compareNull(a, b);
  if (a.kind === "unknown" || b.kind === "unknown") return compareUnknown(a, b);
  if (a.kind === "string" && b.kind === "string") return toComparison(a.value === b.value);
  if (a.kind === "number" && b.kind === "number") return toComparison(a.value.equals(b.value));
  if (a.kind === "bool" && b.kind === "bool") return toComparison(a.value === b.value);
  if ("items" in a && "items" in b) return a.kind === b.kind ? compareItems(a.items, b.items) : "different";
  if ("entries" in a && "entries" in b) return a.kind === b.kind ? compareEntries(a.entries, b.entries) : "different";
  return "different";
}

function toComparison(equal: boolean): Comparison {
  return equal ? "equal" : "different";
}

function compareNull(a: Value, b: Value): Comparison {
  if (a.kind === "unknown" || b.kind === "unknown") return "unknown";
  return toComparison(a.kind === b.kind);
}

function compareUnknown(a: Value, b: Value): Comparison {
  const open = a.type.kind === "dynamic" || b.type.kind === "dynamic" || sameType(a.type, b.type);
  return open ? "unknown" : "different";
}

function compareItems(a: readonly Value[], b: readonly Value[]): Comparison {
  if (a.length !== b.length) return "different";
  return all(a.map((item, i) => [item, b[i]] as const));
}

function compareEntries(a: ReadonlyMap<string, Value>, b: ReadonlyMap<string, Value>): Comparison {
  if (a.size !== b.size) return "different";
  return all([...a].map(([key, value]) => [value, b.get(key)] as const));
}

function all(pairs: readonly (readonly [Value, Value | undefined])[]): Comparison {
  let result: Comparison = "equal";
  for (const [left, right] of pairs) {
    const one = right ? compare(left, right) : "different";
    if (one === "different") return "different";
    if (one === "unknown") result = "unknown";
  }
  return result;
}
