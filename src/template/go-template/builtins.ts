import { escapeHtml, escapeJs, escapeUrl } from "./escapes.js";
import { TextFailure, type TextFunction, type TextFunctions } from "./function.js";
import { printf, sprint, sprintln } from "./printf.js";
import { type GoValue, goTypeName, isList, isMap, isTrue } from "./values.js";

/** Bytes of text: Go counts and cuts strings by bytes of UTF-8. */
const bytesOf = (text: string) => new TextEncoder().encode(text);

function variadic(least: number, run: (values: readonly GoValue[]) => GoValue): TextFunction {
  return { parameters: Array<"any">(least).fill("any"), rest: "any", run };
}

function pair(run: (a: GoValue, b: GoValue) => GoValue): TextFunction {
  return { parameters: ["any", "any"], run: ([a = null, b = null]) => run(a, b) };
}

function length(value: GoValue): bigint {
  if (typeof value === "string") return BigInt(bytesOf(value).length);
  if (isList(value)) return BigInt(value.length);
  if (isMap(value)) return BigInt(Object.keys(value).length);
  throw new TextFailure(`a ${goTypeName(value)} has no length`);
}

function position(value: GoValue, size: number, inclusive: boolean): number {
  if (typeof value !== "bigint") throw new TextFailure(`an index must be int, not ${goTypeName(value)}`);
  if (value < 0n || value > BigInt(inclusive ? size : size - 1))
    throw new TextFailure(`index ${value} is out of range: there are ${size}`);
  return Number(value);
}

function index(from: GoValue, key: GoValue): GoValue {
  if (from === null) throw new TextFailure("there is no value to take an element of");
  if (typeof from === "string") {
    const bytes = bytesOf(from);
    return BigInt(bytes[position(key, bytes.length, false)] ?? 0);
  }
  if (isList(from)) return from[position(key, from.length, false)] ?? null;
  if (!isMap(from)) throw new TextFailure(`a ${goTypeName(from)} has no elements`);
  if (typeof key !== "string") throw new TextFailure(`a key must be string, not ${goTypeName(key)}`);
  if (Object.hasOwn(from, key)) return from[key] ?? null;
  // A missing key of a map of text yields Go's zero value of text.
  return Object.values(from).every((value) => typeof value === "string") ? "" : null;
}

function slice(from: GoValue, ends: readonly GoValue[]): GoValue {
  if (ends.length > (typeof from === "string" ? 2 : 3)) throw new TextFailure("too many ends for a slice");
  if (typeof from !== "string" && !isList(from)) throw new TextFailure(`a ${goTypeName(from)} cannot be sliced`);
  const whole = typeof from === "string" ? bytesOf(from) : from;
  const [start = 0, end = whole.length] = ends.map((value) => position(value, whole.length, true));
  if (start > end) throw new TextFailure(`a slice cannot go from ${start} to ${end}`);
  return typeof from === "string" ? new TextDecoder().decode(bytesOf(from).slice(start, end)) : from.slice(start, end);
}

/** Functions of Go's text/template itself ("Functions"). */
export const BUILTINS: TextFunctions = new Map<string, TextFunction>([
  ["and", variadic(1, (values) => values.at(-1) ?? null)],
  ["or", variadic(1, (values) => values.at(-1) ?? null)],
  ["not", { parameters: ["any"], run: ([value = null]) => !isTrue(value) }],
  ["eq", variadic(2, ([first = null, ...others]) => others.some((other) => equal(first, other)))],
  ["ne", pair((a, b) => !equal(a, b))],
  ["lt", pair((a, b) => compare(a, b) < 0)],
  ["le", pair((a, b) => compare(a, b) <= 0)],
  ["gt", pair((a, b) => compare(a, b) > 0)],
  ["ge", pair((a, b) => compare(a, b) >= 0)],
  ["len", { parameters: ["any"], run: ([value = null]) => length(value) }],
  ["index", variadic(1, ([value = null, ...keys]) => keys.reduce(index, value))],
  ["slice", variadic(1, ([value = null, ...ends]) => slice(value, ends))],
  ["print", variadic(0, sprint)],
  ["println", variadic(0, sprintln)],
  ["printf", { parameters: ["string"], rest: "any", run: ([format, ...values]) => printf(String(format), values) }],
  ["html", variadic(0, (values) => escapeHtml(joined(values)))],
  ["js", variadic(0, (values) => escapeJs(joined(values)))],
  ["urlquery", variadic(0, (values) => escapeUrl(joined(values)))],
  [
    "call",
    variadic(1, ([value = null]) => {
      throw new TextFailure(`a ${goTypeName(value)} cannot be called`);
    }),
  ],
]);

/** One string as it is, anything else printed. */
function joined(values: readonly GoValue[]): string {
  const [first] = values;
  if (values.length === 1 && (typeof first === "string" || first === null)) return first ?? "<no value>";
  return sprint(values);
}

function incompatible(a: GoValue, b: GoValue): TextFailure {
  return new TextFailure(`${goTypeName(a)} and ${goTypeName(b)} cannot be compared`);
}

/** Go's `eq` of two values: basic kinds of one type only; nothing equals "no value" but itself. */
function equal(a: GoValue, b: GoValue): boolean {
  if (a === null || b === null) return a === b;
  if (typeof a !== typeof b) throw incompatible(a, b);
  if (typeof a === "object") throw incompatible(a, b);
  return a === b;
}

/** Negative, zero or positive; strings by bytes of UTF-8. */
function compare(a: GoValue, b: GoValue): number {
  if (typeof a === "string" && typeof b === "string") return compareText(a, b);
  if (typeof a === "bigint" && typeof b === "bigint") return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === "number" && typeof b === "number") return a - b;
  throw incompatible(a, b);
}

/** By code points, which is the order of UTF-8 bytes. */
function compareText(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const away = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0);
    if (away !== 0) return away;
  }
  return left.length - right.length;
}
