import { compareText } from "../values/types.js";
import { escapeHtml, escapeJs, escapeUrl } from "./escapes.js";
import { TextFailure, type TextFunction, type TextFunctions } from "./function.js";
import { printf, sprint, sprintln } from "./printf.js";
import { type GoValue, goTypeName, isList, isMap, isTrue } from "./values.js";

/** UTF-8 bytes of a string: Go measures and slices strings in bytes. */
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
  throw new TextFailure(`A ${goTypeName(value)} has no length`);
}

function position(value: GoValue, size: number, inclusive: boolean): number {
  if (typeof value !== "bigint") throw new TextFailure(`An index must be int, not ${goTypeName(value)}`);
  if (value < 0n || value > BigInt(inclusive ? size : size - 1))
    throw new TextFailure(`Index ${value} is out of range: the length is ${size}`);
  return Number(value);
}

function index(from: GoValue, key: GoValue): GoValue {
  if (from === null) throw new TextFailure("Cannot index a missing value");
  if (typeof from === "string") {
    const bytes = bytesOf(from);
    return BigInt(bytes[position(key, bytes.length, false)] ?? 0);
  }
  if (isList(from)) return from[position(key, from.length, false)] ?? null;
  if (!isMap(from)) throw new TextFailure(`A ${goTypeName(from)} has no elements`);
  if (typeof key !== "string") throw new TextFailure(`A key must be string, not ${goTypeName(key)}`);
  if (Object.hasOwn(from, key)) return from[key] ?? null;
  // A missing key of a map of strings returns the empty string, Go's zero value.
  return Object.values(from).every((value) => typeof value === "string") ? "" : null;
}

function slice(from: GoValue, ends: readonly GoValue[]): GoValue {
  if (ends.length > (typeof from === "string" ? 2 : 3)) throw new TextFailure("Too many slice indexes");
  if (typeof from !== "string" && !isList(from)) throw new TextFailure(`A ${goTypeName(from)} cannot be sliced`);
  const whole = typeof from === "string" ? bytesOf(from) : from;
  const [start = 0, end = whole.length] = ends.map((value) => position(value, whole.length, true));
  if (start > end) throw new TextFailure(`Invalid slice indexes: ${start} is greater than ${end}`);
  return typeof from === "string" ? new TextDecoder().decode(bytesOf(from).slice(start, end)) : from.slice(start, end);
}

/** The predefined functions of Go's text/template ("Functions"). */
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
  [
    "printf",
    {
      parameters: ["string"],
      rest: "any",
      run: ([format, ...values], budget) => printf(String(format), values, budget),
    },
  ],
  ["html", variadic(0, (values) => escapeHtml(joined(values)))],
  ["js", variadic(0, (values) => escapeJs(joined(values)))],
  ["urlquery", variadic(0, (values) => escapeUrl(joined(values)))],
  [
    "call",
    variadic(1, ([value = null]) => {
      throw new TextFailure(`A ${goTypeName(value)} cannot be called`);
    }),
  ],
]);

/** Returns a single string unchanged, and anything else as Go prints it. */
function joined(values: readonly GoValue[]): string {
  const [first] = values;
  if (values.length === 1 && (typeof first === "string" || first === null)) return first ?? "<no value>";
  return sprint(values);
}

function incompatible(a: GoValue, b: GoValue): TextFailure {
  return new TextFailure(`Cannot compare ${goTypeName(a)} with ${goTypeName(b)}`);
}

/** Go's `eq` of two values: both must be of the same basic type. A missing value equals only another missing value. */
function equal(a: GoValue, b: GoValue): boolean {
  if (a === null || b === null) return a === b;
  if (typeof a !== typeof b) throw incompatible(a, b);
  if (typeof a === "object") throw incompatible(a, b);
  return a === b;
}

/** Returns a negative number, zero or a positive number. Strings are compared by their UTF-8 bytes. */
function compare(a: GoValue, b: GoValue): number {
  if (typeof a === "string" && typeof b === "string") return compareText(a, b);
  if (typeof a === "bigint" && typeof b === "bigint") return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === "number" && typeof b === "number") return a - b;
  throw incompatible(a, b);
}
