import { ConversionError, convertValue } from "../values/convert.js";
import { goQuote, NotJson, toJson } from "../values/json.js";
import { BOOL, NUMBER, STRING, type Type } from "../values/types.js";
import type { Value } from "../values/value.js";
import { fail } from "./definition.js";
import { formatDecimal, formatInteger, shortest } from "./format-numbers.js";
import { graphemes } from "./graphemes.js";

/** One `%…` of a format. */
export interface Verb {
  readonly raw: string;
  /** Offset in the format. */
  readonly offset: number;
  readonly mode: string;
  readonly flags: ReadonlySet<string>;
  readonly width: number | undefined;
  readonly precision: number | undefined;
}

/** A value as a verb shows it (cty's `format`: `v t b d o x X e E f g G s q`). Throws `FunctionError`. */
export function formatValueBy(verb: Verb, value: Value): string {
  if (verb.mode !== "v" && value.kind === "null") return unsupported(verb, "null value cannot be formatted");
  switch (verb.mode) {
    case "v":
      return pad(verb, asIs(verb, value));
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
      const shown = text.kind === "string" ? cut(text.value, verb.precision) : "";
      return pad(verb, verb.mode === "q" ? goQuote(shown) : shown);
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

function cut(text: string, precision: number | undefined): string {
  return precision === undefined || precision === 0 ? text : graphemes(text).slice(0, precision).join("");
}

function pad(verb: Verb, text: string): string {
  const missing = (verb.width ?? 0) - graphemes(text).length;
  if (missing <= 0) return text;
  const padding = (verb.flags.has("0") ? "0" : " ").repeat(missing);
  return verb.flags.has("-") ? text + padding : padding + text;
}
