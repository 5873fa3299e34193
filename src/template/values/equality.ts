import { BOOL, sameType } from "./types.js";
import { boolValue, isDeeplySensitive, marked, unknownValue, type Value } from "./value.js";

/** `==` of HCL: unknown when it depends on an unknown part, secret when either side is. Values of different types differ. */
export function equalValues(a: Value, b: Value): Value {
  const answer = compare(a, b);
  const result = answer === "unknown" ? unknownValue(BOOL) : boolValue(answer === "equal");
  return marked(result, isDeeplySensitive(a) || isDeeplySensitive(b));
}

/** Whether both are known and equal; marks do not matter. */
export function sameValue(a: Value, b: Value): boolean {
  return compare(a, b) === "equal";
}

type Answer = "equal" | "different" | "unknown";

function compare(a: Value, b: Value): Answer {
  if (a.kind === "null" || b.kind === "null") return compareNull(a, b);
  if (a.kind === "unknown" || b.kind === "unknown") return compareUnknown(a, b);
  if (a.kind === "string" && b.kind === "string") return answer(a.value === b.value);
  if (a.kind === "number" && b.kind === "number") return answer(a.value.equals(b.value));
  if (a.kind === "bool" && b.kind === "bool") return answer(a.value === b.value);
  if ("items" in a && "items" in b) return a.kind === b.kind ? compareItems(a.items, b.items) : "different";
  if ("entries" in a && "entries" in b) return a.kind === b.kind ? compareEntries(a.entries, b.entries) : "different";
  return "different";
}

function answer(equal: boolean): Answer {
  return equal ? "equal" : "different";
}

function compareNull(a: Value, b: Value): Answer {
  if (a.kind === "unknown" || b.kind === "unknown") return "unknown";
  return answer(a.kind === b.kind);
}

function compareUnknown(a: Value, b: Value): Answer {
  const open = a.type.kind === "dynamic" || b.type.kind === "dynamic" || sameType(a.type, b.type);
  return open ? "unknown" : "different";
}

function compareItems(a: readonly Value[], b: readonly Value[]): Answer {
  if (a.length !== b.length) return "different";
  return all(a.map((item, i) => [item, b[i]] as const));
}

function compareEntries(a: ReadonlyMap<string, Value>, b: ReadonlyMap<string, Value>): Answer {
  if (a.size !== b.size) return "different";
  return all([...a].map(([key, value]) => [value, b.get(key)] as const));
}

function all(pairs: readonly (readonly [Value, Value | undefined])[]): Answer {
  let result: Answer = "equal";
  for (const [left, right] of pairs) {
    const one = right ? compare(left, right) : "different";
    if (one === "different") return "different";
    if (one === "unknown") result = "unknown";
  }
  return result;
}
