import type { Decoding } from "./decoding.js";
import { parseDuration } from "./duration.js";
import { describeNode, type OptionNode } from "./node.js";

/** Returns a string to parse. Returns undefined when it is empty or not known yet, and after an error. */
function readParsable(node: OptionNode, decoding: Decoding): string | undefined {
  const value = decoding.text(node);
  return value === undefined || value === "" || decoding.isPending(value) ? undefined : value;
}

/** JSON and flags accept what Go's `strconv.ParseBool` accepts; HCL2 accepts less. Inputs follow the core schema of YAML 1.2. */
const GO_TRUE = ["1", "t", "T", "TRUE", "true", "True"];
const GO_FALSE = ["0", "f", "F", "FALSE", "false", "False"];
const TRUE = { json: GO_TRUE, hcl2: ["1", "true"], input: ["true", "True", "TRUE"], flag: GO_TRUE };
const FALSE = { json: GO_FALSE, hcl2: ["0", "false"], input: ["false", "False", "FALSE"], flag: GO_FALSE };

/** Returns a boolean. The empty string counts as not set. */
export function readBool(node: OptionNode, decoding: Decoding): boolean | undefined {
  if (node.kind === "bool") return node.value;
  if (node.kind === "number" && decoding.language === "json") return Number(node.value) !== 0;
  if (node.kind === "number" || node.kind === "list" || node.kind === "object") {
    decoding.reject(node, `must be true or false, not ${describeNode(node)}`);
    return undefined;
  }
  const value = readParsable(node, decoding);
  if (value === undefined) return undefined;
  if (TRUE[decoding.language].includes(value)) return true;
  if (FALSE[decoding.language].includes(value)) return false;
  decoding.reject(node, `must be true or false, not "${value}"`);
  return undefined;
}

/** Returns a whole number. Strings are accepted too, also hexadecimal, octal and binary (Go's ParseInt with base 0). */
export function readInteger(node: OptionNode, decoding: Decoding): number | undefined {
  if (node.kind === "bool" && decoding.language === "json") return node.value ? 1 : 0;
  if (node.kind === "bool" || node.kind === "list" || node.kind === "object") {
    decoding.reject(node, `must be a whole number, not ${describeNode(node)}`);
    return undefined;
  }
  if (node.kind === "number" && decoding.language === "json") return wholePart(node, node.value, decoding);
  const value = node.kind === "number" ? node.value : readParsable(node, decoding);
  if (value === undefined) return undefined;
  const number = node.kind === "number" ? Number(value) : parseInteger(value);
  if (Number.isSafeInteger(number)) return number;
  decoding.reject(node, `must be a whole number, not "${value}"`);
  return undefined;
}

/** Packer drops the fraction of a JSON number without a message. */
function wholePart(node: OptionNode, written: string, decoding: Decoding): number | undefined {
  const whole = Math.trunc(Number(written));
  if (!Number.isSafeInteger(whole)) {
    decoding.reject(node, `must be a whole number, not ${written}`);
    return undefined;
  }
  if (whole !== Number(written)) decoding.warn(node, `must be a whole number; bake-ami reads ${written} as ${whole}`);
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

/** Returns a Go duration in milliseconds. JSON numbers are nanoseconds. The empty string is an error, as in Packer. */
export function readDuration(node: OptionNode, decoding: Decoding): number | undefined {
  if (node.kind === "number" && decoding.language === "json") return Number(node.value) * 1e-6;
  const value = decoding.text(node);
  if (value === undefined || decoding.isPending(value)) return undefined;
  const ms = parseDuration(value);
  if (ms === undefined) {
    decoding.reject(
      node,
      /^[+-]?\d+$/.test(value) ? `has no unit: "${value}"` : `is not a duration: "${value}"`,
      'Write a number with a unit, such as "90s", "5m" or "1h30m".',
    );
  }
  return ms;
}
