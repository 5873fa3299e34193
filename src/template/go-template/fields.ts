import type { Fields, FieldValue } from "../../core/late.js";
import type { GoValue } from "./values.js";

/** Stands for `{{` inside the values of fields, so that they are never taken for template text. */
const BRACES = "\u{10fffd}\u{10fffc}";

/** Fields as Go values. Whole numbers are ints. */
export function goFields(fields: Fields): GoValue {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, goValue(value)]));
}

function goValue(value: FieldValue): GoValue {
  if (typeof value === "string") return value.replaceAll("{{", BRACES);
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value === "boolean") return value;
  return Object.fromEntries(Object.entries(value).map(([name, text]) => [name, goValue(text)]));
}

/** Puts the `{{` of field values back, when all is rendered. */
export function restoreBraces(text: string): string {
  return text.replaceAll(BRACES, "{{");
}
