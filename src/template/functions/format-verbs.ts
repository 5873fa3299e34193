import type { Budget } from "../budget.js";
import { ConversionError, convertValue } from "../values/convert.js";
import { goQuote, NotJson, toJson } from "../values/json.js";
import { type Exact, exactText, toBigInt } from "../values/number.js";
import { BOOL, NUMBER, STRING, type Type } from "../values/types.js";
import type { Value } from "../values/value.js";
import { fail } from "./definition.js";
import { graphemes } from "./strings.js";

/** A verb of a format, `%…`. */
export interface Verb {
  readonly raw: string;
  /** Offset in the format. */
  readonly offset: number;
  readonly mode: string;
  readonly flags: ReadonlySet<string>;
  readonly width: number | undefined;
  readonly precision: number | undefined;
}

/** Formats a value by a verb (cty's `format`: `v t b d o x X e E f g G s q`). Throws `FunctionError`. */
export function formatValueBy(verb: Verb, value: Value, budget: Budget): string {
  if (verb.mode !== "v" && value.kind === "null") return unsupported(verb, "null value cannot be formatted");
  switch (verb.mode) {
    case "v":
      return pad(verb, asIs(verb, value), budget);
    case "t": {
      const bool = converted(verb, value, BOOL);
      return bool.kind === "bool" && bool.value ? "true" : "false";
    }
    case "b":
    case "d":
    case "o":
    case "x":
    case "X": {
      const number = converted(verb, value, NUMBER);
      if (number.kind !== "number" || !number.value.isInteger()) return unsupported(verb, "an integer is required");
      return formatInteger(verb, number.value);
    }
    case "e":
    case "E":
    case "f":
    case "g":
    case "G": {
      const number = converted(verb, value, NUMBER);
      return number.kind === "number" ? formatDecimal(verb, number.value) : unsupported(verb, "a number is required");
    }
    case "s":
    case "q": {
      const text = converted(verb, value, STRING);
      const shown = text.kind === "string" ? cut(text.value, verb.precision, budget) : "";
      return pad(verb, verb.mode === "q" ? goQuote(shown) : shown, budget);
    }
    default:
      return fail(`unsupported format verb "${verb.mode}" in ${JSON.stringify(verb.raw)} at offset ${verb.offset}`);
  }
}

function unsupported(verb: Verb, why: string): never {
  return fail(`unsupported value for ${JSON.stringify(verb.raw)} at ${verb.offset}: ${why}`);
}

function converted(verb: Verb, value: Value, type: Type): Value {
  try {
    return convertValue(value, type);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    return unsupported(verb, error.message);
  }
}

function asIs(verb: Verb, value: Value): string {
  if (!verb.flags.has("#") && value.kind === "string") return value.value;
  if (!verb.flags.has("#") && value.kind === "number") return shortest(value.value);
  try {
    return toJson(value);
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    return unsupported(verb, error.message);
  }
}

function cut(text: string, precision: number | undefined, budget: Budget): string {
  return precision === undefined || precision === 0 ? text : graphemes(text, budget).slice(0, precision).join("");
}

function pad(verb: Verb, text: string, budget: Budget): string {
  if (verb.width === undefined) return text;
  const missing = verb.width - graphemes(text, budget).length;
  if (missing <= 0) return text;
  const padding = (verb.flags.has("0") ? "0" : " ").repeat(missing);
  return verb.flags.has("-") ? text + padding : padding + text;
}

interface NumberVerb {
  readonly mode: string;
  readonly flags: ReadonlySet<string>;
  readonly width: number | undefined;
  readonly precision: number | undefined;
}

/** Formats a number as Go's `%v` formats a float: with an exponent from one million and below 0.0001. */
function shortest(value: Exact): string {
  if (!value.isFinite()) return exactText(value);
  const exponent = exponentOf(value);
  return exponent < -4 || exponent >= 6 ? scientific(value, undefined) : exactText(value);
}

function exponentOf(value: Exact): number {
  return value.isZero() ? 0 : Number(value.toExponential().split("e")[1]);
}

/** Returns `d.ddde+dd`, with at least two digits of exponent. */
function scientific(value: Exact, digits: number | undefined): string {
  const text = digits === undefined ? value.toExponential() : value.toExponential(digits);
  const [mantissa = "", exponent = "0"] = text.split("e");
  const number = Number(exponent);
  return `${mantissa}e${number < 0 ? "-" : "+"}${String(Math.abs(number)).padStart(2, "0")}`;
}

/** Go's `%e %E %f %g %G` of a float. */
function formatDecimal(verb: NumberVerb, value: Exact): string {
  const magnitude = digitsOf(verb, value.abs());
  const shown = verb.mode === "E" || verb.mode === "G" ? magnitude.replace("e", "E") : magnitude;
  return place(verb, signOf(verb, value), shown, verb.flags.has("0") && value.isFinite());
}

function digitsOf(verb: NumberVerb, value: Exact): string {
  if (!value.isFinite()) return "Inf";
  const mode = verb.mode.toLowerCase();
  if (mode === "f") return value.toFixed(verb.precision ?? 6);
  if (mode === "e") return scientific(value, verb.precision ?? 6);
  if (verb.precision === undefined) return shortest(value);
  const digits = verb.precision || 1;
  const rounded = value.toSignificantDigits(digits);
  const exponent = exponentOf(rounded);
  const count = rounded.isZero() ? 1 : rounded.precision();
  const limit = digits > count && count >= exponent + 1 ? count : digits;
  return exponent < -4 || exponent >= limit ? scientific(rounded, undefined) : exactText(rounded);
}

function signOf(verb: NumberVerb, value: Exact): string {
  if (value.isNegative()) return "-";
  if (verb.flags.has("+") || !value.isFinite()) return "+";
  return verb.flags.has(" ") ? " " : "";
}

const BASES: Readonly<Record<string, readonly [radix: number, prefix: string]>> = {
  b: [2, "0b"],
  o: [8, "0"],
  x: [16, "0x"],
  X: [16, "0X"],
};

/** Go's `%d %b %o %x %X` of a big integer. */
function formatInteger(verb: NumberVerb, value: Exact): string {
  const number = toBigInt(value.abs());
  const [radix, prefix] = BASES[verb.mode] ?? [10, ""];
  let digits = number.toString(radix);
  if (verb.mode === "X") digits = digits.toUpperCase();
  if (verb.precision !== undefined)
    digits = verb.precision === 0 && number === 0n ? "" : digits.padStart(verb.precision, "0");
  const sign = value.isNegative() && number !== 0n ? "-" : verb.flags.has("+") ? "+" : verb.flags.has(" ") ? " " : "";
  const zeros = verb.flags.has("0") && !verb.flags.has("-") && verb.precision === undefined;
  return place(verb, sign + (verb.flags.has("#") ? prefix : ""), digits, zeros);
}

function place(verb: NumberVerb, sign: string, digits: string, zeros: boolean): string {
  const missing = Math.max(0, (verb.width ?? 0) - sign.length - digits.length);
  if (verb.flags.has("-")) return sign + digits + " ".repeat(missing);
  return zeros ? sign + "0".repeat(missing) + digits : " ".repeat(missing) + sign + digits;
}
