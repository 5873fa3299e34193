import type { Decoding } from "./decoding.js";
import { parseDuration } from "./duration.js";
import { describeNode, type OptionNode } from "./node.js";

/** Text that is to be parsed: undefined where it is empty, not known yet, or after a complaint. */
function readParsable(node: OptionNode, decoding: Decoding): string | undefined {
  const value = decoding.text(node);
  return value === undefined || value === "" || decoding.isPending(value) ? undefined : value;
}

/** Words that Go's `strconv.ParseBool` accepts, as do flags; HCL2 converts fewer. Inputs follow the core schema of YAML 1.2. */
const GO_TRUE = ["1", "t", "T", "TRUE", "true", "True"];
const GO_FALSE = ["0", "f", "F", "FALSE", "false", "False"];
const TRUE = { json: GO_TRUE, hcl2: ["1", "true"], input: ["true", "True", "TRUE"], flag: GO_TRUE };
const FALSE = { json: GO_FALSE, hcl2: ["0", "false"], input: ["false", "False", "FALSE"], flag: GO_FALSE };

/** A boolean; the empty string is unset. */
export function readBool(node: OptionNode, decoding: Decoding): boolean | undefined {
  if (node.kind === "bool") return node.value;
  if (node.kind === "number" && decoding.language === "json") return Number(node.value) !== 0;
  if (node.kind === "number" || node.kind === "list" || node.kind === "object") {
    decoding.wrong(node, `must be true or false, not ${describeNode(node)}`);
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
    decoding.wrong(node, `must be a whole number, not ${describeNode(node)}`);
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
  const value = decoding.text(node);
  if (value === undefined || decoding.isPending(value)) return undefined;
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
