import type { Decoding } from "./decoding.js";
import { parseDuration } from "./duration.js";
import type { OptionNode } from "./node.js";
import { isPlaceholder, PLACEHOLDER } from "./placeholder.js";

/**
 * Text of a number or boolean where text is wanted: JSON templates go through Go's weak decoding (`true` is "1"), HCL2
 * through its own conversion (`true` is "true"). Undefined for other nodes.
 */
function scalarText(node: OptionNode, language: "json" | "hcl2"): string | undefined {
  if (node.kind === "number") return language === "json" ? floatText(node.value) : node.value;
  if (node.kind !== "bool") return undefined;
  if (language === "hcl2") return String(node.value);
  return node.value ? "1" : "0";
}

/** A number of JSON is a float64 to Packer: `20.0` is "20", and no number has an exponent. */
function floatText(written: string): string {
  const value = Number(written);
  const text = String(value);
  if (!Number.isFinite(value) || /^-?\d+$/.test(written)) return written;
  if (Number.isInteger(value)) return BigInt(value).toString();
  return text.includes("e") ? value.toFixed(20).replace(/0+$/, "") : text;
}

/** Text of a scalar (Packer §1.12). Undefined after a complaint, and for null. */
export function readText(node: OptionNode, decoding: Decoding): string | undefined {
  switch (node.kind) {
    case "string": {
      const value = decoding.render(node);
      if (value !== undefined && isPlaceholder(value)) decoding.unknown();
      return value;
    }
    case "unknown":
      decoding.unknown();
      return PLACEHOLDER;
    case "null":
      return undefined;
    default: {
      const value = scalarText(node, decoding.language);
      if (value === undefined) decoding.wrong(node, `must be text, not ${described(node)}`);
      return value;
    }
  }
}

/** Text that is to be parsed: undefined where it is empty, not known yet, or after a complaint. */
function readParsable(node: OptionNode, decoding: Decoding): string | undefined {
  const value = readText(node, decoding);
  return value === undefined || value === "" || isPlaceholder(value) ? undefined : value;
}

/** Words that Go's `strconv.ParseBool` takes; HCL2 converts fewer. */
const TRUE = { json: ["1", "t", "T", "TRUE", "true", "True"], hcl2: ["1", "true"] };
const FALSE = { json: ["0", "f", "F", "FALSE", "false", "False"], hcl2: ["0", "false"] };

/** A boolean; the empty string is unset. */
export function readBool(node: OptionNode, decoding: Decoding): boolean | undefined {
  if (node.kind === "bool") return node.value;
  if (node.kind === "number" && decoding.language === "json") return Number(node.value) !== 0;
  if (node.kind === "number" || node.kind === "list" || node.kind === "object") {
    decoding.wrong(node, `must be true or false, not ${described(node)}`);
    return undefined;
  }
  const value = readParsable(node, decoding);
  if (value === undefined) return undefined;
  if (TRUE[decoding.language].includes(value)) return true;
  if (FALSE[decoding.language].includes(value)) return false;
  decoding.wrong(node, `must be true or false, not "${value}"`);
  return undefined;
}

/** A whole number; text of one is accepted, also hexadecimal, octal and binary as Go's ParseInt with base 0 does. */
export function readInteger(node: OptionNode, decoding: Decoding): number | undefined {
  if (node.kind === "bool" && decoding.language === "json") return node.value ? 1 : 0;
  if (node.kind === "bool" || node.kind === "list" || node.kind === "object") {
    decoding.wrong(node, `must be a whole number, not ${described(node)}`);
    return undefined;
  }
  if (node.kind === "number" && decoding.language === "json") return wholePart(node, node.value, decoding);
  const value = node.kind === "number" ? node.value : readParsable(node, decoding);
  if (value === undefined) return undefined;
  const number = node.kind === "number" ? Number(value) : parseInteger(value);
  if (Number.isSafeInteger(number)) return number;
  decoding.wrong(node, `must be a whole number, not "${value}"`);
  return undefined;
}

/** Packer drops the fraction of a JSON number silently. */
function wholePart(node: OptionNode, written: string, decoding: Decoding): number | undefined {
  const whole = Math.trunc(Number(written));
  if (!Number.isSafeInteger(whole)) {
    decoding.wrong(node, `must be a whole number, not ${written}`);
    return undefined;
  }
  if (whole !== Number(written)) decoding.warn(node, `must be a whole number: ${written} counts as ${whole}`);
  return whole;
}

function parseInteger(text: string): number {
  const [, sign = "", digits = ""] = /^([+-]?)(.*)$/s.exec(text.replaceAll("_", "")) ?? [];
  const value = /^0[0-7]+$/.test(digits)
    ? Number.parseInt(digits, 8)
    : /^(0|[1-9]\d*|0[xX][\da-fA-F]+|0[oO][0-7]+|0[bB][01]+)$/.test(digits)
      ? Number(digits)
      : Number.NaN;
  return sign === "-" ? -value : value;
}

/** A Go duration in milliseconds; a number of JSON counts nanoseconds. Empty text is none, and refused as by Packer. */
export function readDuration(node: OptionNode, decoding: Decoding): number | undefined {
  if (node.kind === "number" && decoding.language === "json") return Number(node.value) * 1e-6;
  const value = readText(node, decoding);
  if (value === undefined || isPlaceholder(value)) return undefined;
  const ms = parseDuration(value);
  if (ms === undefined) {
    decoding.wrong(
      node,
      /^[+-]?\d+$/.test(value) ? `has no unit: "${value}"` : `is not a duration: "${value}"`,
      'Write a number with a unit, such as "90s", "5m" or "1h30m".',
    );
  }
  return ms;
}

/** `a number`, `an object`: what a node is, for messages. */
export function described(node: OptionNode): string {
  if (node.kind === "null") return "null";
  if (node.kind === "bool") return "a boolean";
  return node.kind === "object" || node.kind === "unknown" ? `an ${node.kind}` : `a ${node.kind}`;
}
