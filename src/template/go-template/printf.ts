import type { Budget } from "../budget.js";
import { quote, quoteCharacter } from "./escapes.js";
import { formatFloat } from "./float.js";
import { type GoValue, goTypeName, isList } from "./values.js";

/** Formats a value as Go's `%v` does. */
export function formatGoValue(value: GoValue): string {
  if (value === null) return "<nil>";
  if (typeof value === "number") return formatFloat(value, "g", undefined);
  if (typeof value !== "object") return String(value);
  if (isList(value)) return `[${value.map(formatGoValue).join(" ")}]`;
  const entries = Object.keys(value).sort();
  return `map[${entries.map((key) => `${key}:${formatGoValue(value[key] ?? null)}`).join(" ")}]`;
}

/** Go's `fmt.Sprint`: adds a space between two operands when neither is a string. */
export function sprint(values: readonly GoValue[]): string {
  return values
    .map((value, index) => {
      const before = values[index - 1];
      const space = index > 0 && typeof value !== "string" && typeof before !== "string" ? " " : "";
      return space + formatGoValue(value);
    })
    .join("");
}

/** Go's `fmt.Sprintln`. */
export function sprintln(values: readonly GoValue[]): string {
  return `${values.map(formatGoValue).join(" ")}\n`;
}

interface Directive {
  readonly plus: boolean;
  readonly minus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  readonly width: number | undefined;
  readonly precision: number | undefined;
  readonly verb: string;
}

/** Maximum width and precision, as in Go. */
const MAX_WIDTH = 1_000_000;

/** Go's `fmt.Sprintf` for the types of template values. Errors are part of the result as in Go, e.g. `%!d(string=x)`. */
export function printf(format: string, values: readonly GoValue[], budget: Budget): string {
  let result = "";
  let next = 0;
  let reordered = false;
  let at = 0;
  while (at < format.length) {
    const percent = format.indexOf("%", at);
    if (percent === -1) return `${result}${format.slice(at)}${extra(values, next, reordered)}`;
    result += format.slice(at, percent);
    const read = readDirective(format, percent + 1, values, next);
    at = read.end;
    next = read.next;
    reordered ||= read.reordered;
    result += read.problem;
    if (read.verb === undefined) {
      result += "%!(NOVERB)";
      break;
    }
    if (read.verb === "%") {
      result += "%";
    } else if (read.badIndex) {
      result += `%!${read.verb}(BADINDEX)`;
    } else if (next >= values.length) {
      result += `%!${read.verb}(MISSING)`;
    } else {
      const { width = 0, precision = 0 } = read.directive;
      budget.require("bytes", result.length + width + precision);
      result += formatDirective({ ...read.directive, verb: read.verb }, values[next] ?? null);
      budget.require("bytes", result.length);
      next++;
    }
  }
  return result + extra(values, next, reordered);
}

function extra(values: readonly GoValue[], next: number, reordered: boolean): string {
  if (reordered || next >= values.length) return "";
  const rest = values
    .slice(next)
    .map((value) => (value === null ? "<nil>" : `${goTypeName(value)}=${formatGoValue(value)}`));
  return `%!(EXTRA ${rest.join(", ")})`;
}

/** Reads flags, width, precision and verb. `*` uses up a value, `[2]` selects one. */
function readDirective(format: string, from: number, values: readonly GoValue[], first: number) {
  let at = from;
  let next = first;
  let problem = "";
  let reordered = false;
  let badIndex = false;
  const flags = /^[+\-# 0]*/.exec(format.slice(at))?.[0] ?? "";
  at += flags.length;
  const index = () => {
    const match = /^\[([^\]]*)\]?/.exec(format.slice(at));
    if (!match) return;
    reordered = true;
    at += match[0].length;
    const number = Number(match[1]);
    if (match[0].endsWith("]") && /^\d+$/.test(match[1] ?? "") && number >= 1 && number <= values.length)
      next = number - 1;
    else badIndex = true;
  };
  const size = (name: string): number | undefined => {
    index();
    if (format[at] !== "*") {
      const digits = /^\d+/.exec(format.slice(at))?.[0] ?? "";
      at += digits.length;
      return digits === "" ? undefined : Number(digits);
    }
    at++;
    const value = values[next];
    next++;
    const number = typeof value === "bigint" ? Number(value) : Number.NaN;
    if (Math.abs(number) <= MAX_WIDTH && !badIndex) return number;
    problem += `%!(BAD${name})`;
    return undefined;
  };
  let width = size("WIDTH");
  let minus = flags.includes("-");
  if (width !== undefined && width < 0) {
    minus = true;
    width = -width;
  }
  let precision: number | undefined;
  if (format[at] === ".") {
    at++;
    const negative = format[at] === "-";
    precision = size("PREC");
    if (precision !== undefined && precision < 0) {
      precision = undefined;
      problem += "%!(BADPREC)";
    } else if (!negative) precision ??= 0;
  }
  index();
  const verb = at < format.length ? String.fromCodePoint(format.codePointAt(at) ?? 0) : undefined;
  const directive = {
    // "%+v" prints the names of struct fields, not a sign.
    plus: flags.includes("+") && verb !== "v",
    minus,
    sharp: flags.includes("#"),
    space: flags.includes(" "),
    zero: flags.includes("0") && !minus,
    width: width !== undefined && width > MAX_WIDTH ? undefined : width,
    precision: precision !== undefined && precision > MAX_WIDTH ? undefined : precision,
  };
  return { directive, verb, end: at + (verb?.length ?? 0), next, problem, reordered, badIndex };
}

function formatDirective(directive: Directive, value: GoValue): string {
  const { verb } = directive;
  if (verb === "T") return pad(directive, value === null ? "<nil>" : goTypeName(value));
  if (value === null) return verb === "v" ? pad(directive, "<nil>") : `%!${verb}(<nil>)`;
  if (typeof value === "object") return formatMany(directive, value);
  const text =
    typeof value === "string"
      ? formatText(directive, value)
      : typeof value === "bigint"
        ? formatInteger(directive, value)
        : typeof value === "number"
          ? formatNumber(directive, value)
          : verb === "t" || verb === "v"
            ? pad(directive, String(value))
            : undefined;
  return text ?? `%!${verb}(${goTypeName(value)}=${formatGoValue(value)})`;
}

/** Applies the verb to each element of a list or map. */
function formatMany(directive: Directive, value: Exclude<GoValue, string | bigint | number | boolean | null>): string {
  if (isList(value)) return `[${value.map((item) => formatDirective(directive, item)).join(" ")}]`;
  const entries = Object.keys(value).sort();
  const shown = entries.map(
    (key) => `${formatDirective(directive, key)}:${formatDirective(directive, value[key] ?? null)}`,
  );
  return `map[${shown.join(" ")}]`;
}

function pad(directive: Directive, text: string, zeros = directive.zero): string {
  const { width = 0, minus } = directive;
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  return minus ? text + " ".repeat(missing) : (zeros ? "0" : " ").repeat(missing) + text;
}

function formatText(directive: Directive, value: string): string | undefined {
  const { verb, precision, sharp, plus, space } = directive;
  const cut = precision === undefined ? value : [...value].slice(0, precision).join("");
  if (verb === "s" || (verb === "v" && !sharp)) return pad(directive, cut);
  if (verb === "q" || verb === "v") return pad(directive, quote(cut, { raw: sharp && verb === "q", ascii: plus }));
  if (verb !== "x" && verb !== "X") return undefined;
  const bytes = [...new TextEncoder().encode(value)].slice(0, precision);
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0"));
  const prefixed = space
    ? hex.map((digits) => (sharp ? `0x${digits}` : digits)).join(" ")
    : (sharp && hex.length > 0 ? "0x" : "") + hex.join("");
  return pad(directive, verb === "X" ? prefixed.toUpperCase() : prefixed);
}

const BASES: Readonly<Record<string, number>> = { d: 10, v: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };
const PREFIXES: Readonly<Record<string, string>> = { b: "0b", o: "0", x: "0x", X: "0X" };

function formatInteger(directive: Directive, value: bigint): string | undefined {
  const { verb, sharp, width = 0, precision } = directive;
  if (verb === "c" || verb === "q") {
    const code = value >= 0n && value <= 0x10ffffn ? Number(value) : 0xfffd;
    return pad(directive, verb === "c" ? String.fromCodePoint(code) : quoteCharacter(code, directive.plus));
  }
  if (verb === "U")
    return pad(
      directive,
      `U+${value
        .toString(16)
        .toUpperCase()
        .padStart(Math.max(4, precision ?? 0), "0")}`,
      false,
    );
  const base = BASES[verb];
  if (base === undefined) return undefined;
  const sign = value < 0n ? "-" : directive.plus ? "+" : directive.space ? " " : "";
  let digits = (value < 0n ? -value : value).toString(base);
  if (verb === "X") digits = digits.toUpperCase();
  if (precision === 0 && value === 0n) return pad({ ...directive, zero: false }, "");
  if (precision !== undefined) digits = digits.padStart(precision, "0");
  else if (directive.zero) digits = digits.padStart(width - sign.length, "0");
  const octal = verb === "o" && digits.startsWith("0");
  const prefix = verb === "O" ? "0o" : sharp && verb !== "v" && verb !== "d" && !octal ? (PREFIXES[verb] ?? "") : "";
  return pad(directive, sign + prefix + digits, false);
}

function formatNumber(directive: Directive, value: number): string | undefined {
  const verb = directive.verb === "v" ? "g" : directive.verb === "F" ? "f" : directive.verb;
  if (!/^[eEfgG]$/.test(verb)) return undefined;
  const precision = directive.precision ?? (verb === "g" || verb === "G" ? undefined : 6);
  const body = formatFloat(Math.abs(value), verb, precision);
  const negative = value < 0 || Object.is(value, -0);
  const sign = negative ? "-" : directive.plus ? "+" : directive.space ? " " : "";
  const width = (directive.width ?? 0) - sign.length;
  return pad(directive, sign + (directive.zero ? body.padStart(width, "0") : body), false);
}
