import type { Decoding } from "./decoding.js";
import type { OptionNode } from "./node.js";

/** Text of a scalar: numbers and booleans become text (Packer §1.12 "weak decoding"). Undefined after a complaint. */
export function readText(node: OptionNode, decoding: Decoding): string | undefined {
  switch (node.kind) {
    case "string":
      return decoding.render(node);
    case "number":
      return node.value;
    case "bool":
      return node.value ? "1" : "0";
    case "null":
      return undefined;
    case "unknown":
      return decoding.placeholder(node);
    case "list":
      return oneOf(node, decoding);
    default:
      decoding.wrong(node, "must be text, not an object");
      return undefined;
  }
}

function oneOf(node: OptionNode & { kind: "list" }, decoding: Decoding): string | undefined {
  decoding.wrong(node, "must be text, not a list");
  return undefined;
}

/** Words that Go's `strconv.ParseBool` takes. */
const TRUE = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const FALSE = new Set(["0", "f", "F", "FALSE", "false", "False"]);

/** A boolean; the empty string is unset. */
export function readBool(node: OptionNode, decoding: Decoding): boolean | undefined {
  if (node.kind === "bool") return node.value;
  if (node.kind === "number") return Number(node.value) !== 0;
  if (node.kind === "unknown") return undefined;
  const value = readText(node, decoding);
  if (value === undefined || value === "") return undefined;
  if (TRUE.has(value)) return true;
  if (FALSE.has(value)) return false;
  decoding.wrong(node, `must be true or false, not "${value}"`);
  return undefined;
}

/** A whole number; text of one is accepted, also hexadecimal and octal as Go's ParseInt with base 0 does. */
export function readInteger(node: OptionNode, decoding: Decoding): number | undefined {
  if (node.kind === "bool") return node.value ? 1 : 0;
  if (node.kind === "unknown") return undefined;
  const value = readText(node, decoding);
  if (value === undefined || value === "") return undefined;
  const number = /^[+-]?(\d+|0[xX][\da-fA-F]+|0[oO][0-7]+|0[bB][01]+)$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  decoding.wrong(node, `must be a whole number, not "${value}"`);
  return undefined;
}
