import { isIP } from "node:net";

/** A value, or a problem: `complaint` completes a sentence that begins with the option's name; `hint` says what to write instead. */
export type Parsed<T> = { readonly value: T } | { readonly complaint: string; readonly hint?: string | undefined };

/** The environment variable for `ssh-source-cidrs`. */
export const CIDRS_VARIABLE = "BAKE_AMI_SSH_SOURCE_CIDRS";

const AGE_UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Parses an age such as `7d`, `12h`, `1d12h`; the value is in milliseconds. */
export function parseAge(text: string): Parsed<number> {
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)([smhdw])/g)];
  const whole = parts.map((part) => part[0]).join("");
  if (whole === "" || whole !== text.trim()) {
    return {
      complaint: `must be a duration such as "7d" or "12h", not "${text}"`,
      hint: "Write a number followed by a unit: s, m, h, d or w.",
    };
  }
  const ms = parts.map((part) => Number(part[1]) * AGE_UNITS[(part[2] ?? "s") as keyof typeof AGE_UNITS]);
  return { value: ms.reduce((sum, value) => sum + value, 0) };
}

/** Parses a whole number of at least `least`. */
export function parseCount(text: string, least: number): Parsed<number> {
  const value = Number(text);
  if (/^\d+$/.test(text.trim()) && Number.isSafeInteger(value) && value >= least) return { value };
  return { complaint: `must be a whole number of at least ${least}, not "${text}"` };
}

/** Parses one of `words`. */
export function parseChoice<const W extends string>(text: string, words: readonly W[]): Parsed<W> {
  const value = words.find((word) => word === text.trim());
  if (value !== undefined) return { value };
  return { complaint: `must be one of ${words.map((word) => `"${word}"`).join(", ")}, not "${text}"` };
}

/** A template variable, as the user sets it. */
export interface GivenVariable {
  readonly name: string;
  readonly value: string;
}

/** Parses `name=value`. The value may be empty and may contain `=`. A text of several lines can be a secret: no error quotes it. */
export function parseVariable(text: string): Parsed<GivenVariable> {
  const at = text.indexOf("=");
  const name = text.slice(0, Math.max(at, 0)).trim();
  const [, dashed] = /^--?var[ =](.+)$/.exec(name) ?? [];
  if (dashed !== undefined) {
    return { complaint: 'must have the form name=value, without "-var"', hint: `Write ${dashed}=VALUE.` };
  }
  if (name !== "" && !name.includes("\n")) return { value: { name, value: text.slice(at + 1) } };
  const complaint = `must have the form name=value${text.includes("\n") ? "" : `, not "${text}"`}`;
  return { complaint, hint: hintForVariable(text) };
}

/** Returns how to write a variable that is written as YAML or JSON. The value is not quoted: it can be a secret. */
function hintForVariable(text: string): string {
  const [, name] = /^([\w-]+)\s*:/.exec(text) ?? [];
  return name === undefined
    ? "Write name=value, one variable per line."
    : `Write ${name}=VALUE, with an equals sign instead of the colon, and without quotes.`;
}

/** Parses lines of `name=value`; empty lines are skipped. An error has the numbers of the lines, never their text. */
export function parseVariableLines(text: string): Parsed<readonly GivenVariable[]> {
  const lines = text.split("\n").map((line, index) => ({ number: index + 1, text: line.trim() }));
  const given = lines.filter((line) => line.text !== "");
  if (given.length === 1) {
    const only = parseVariable(given[0]?.text ?? "");
    return "value" in only ? { value: [only.value] } : only;
  }
  const parsed = given.map((line) => ({ ...line, parsed: parseVariable(line.text) }));
  const wrong = parsed.filter((line) => !("value" in line.parsed && VARIABLE_NAME.test(line.parsed.value.name)));
  if (wrong.length === 0) {
    return { value: parsed.flatMap((line) => ("value" in line.parsed ? [line.parsed.value] : [])) };
  }
  const numbers = wrong.map(({ number }) => number);
  const more = numbers.length > 5 ? ` and ${numbers.length - 5} more` : "";
  return {
    complaint: `has no name=value in line${numbers.length === 1 ? "" : "s"} ${numbers.slice(0, 5).join(", ")}${more}`,
    hint: 'A value cannot contain line breaks. Set such a value in a file, and the file in "variable-files".',
  };
}

/** Quotes, brackets and white space are in no variable name, but in lines of JSON. */
const VARIABLE_NAME = /^[^\s"'`{}[\]()<>]+$/;

const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d+$/;

/** Parses a Region name by its form. Whether the Region exists is not checked here. */
export function parseRegion(text: string): Parsed<string> {
  const value = text.trim();
  if (REGION.test(value)) return { value };
  return { complaint: `is not a valid Region name: "${text}"`, hint: hintForRegion(value) };
}

const ZONE = /^([a-z]{2,4}(?:-[a-z]+)+-\d+)[a-z]$/;

/** Returns what to write instead of a text that is not the name of a Region. */
function hintForRegion(text: string): string {
  const zone = ZONE.exec(text)?.[1];
  if (zone !== undefined) return `Use "${zone}": "${text}" is an Availability Zone.`;
  const lower = text.toLowerCase();
  if (lower !== text && REGION.test(lower)) return `Use "${lower}".`;
  if (/^arn:/.test(text)) return 'Use the name of the Region alone, such as "eu-west-1".';
  return /["'[\]\s]|^-/.test(text)
    ? 'Use names such as "eu-west-1". Several names are separated by commas or line breaks, without brackets, quotes or hyphens.'
    : 'Use a name such as "eu-west-1".';
}

/** Parses an AWS account ID. */
export function parseAccount(text: string): Parsed<string> {
  if (/^\d{12}$/.test(text)) return { value: text };
  return { complaint: `is not a valid AWS account ID: "${text}"`, hint: "An account ID has 12 digits." };
}

/** Parses an IPv4 or IPv6 CIDR block. An address without a prefix length means that address alone. */
export function parseCidr(text: string): Parsed<string> {
  const [address = "", length, ...more] = text.trim().split("/");
  const bits = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  const size = length === undefined ? bits : Number(length);
  if (bits > 0 && more.length === 0 && (length === undefined || /^\d+$/.test(length)) && size <= bits) {
    return { value: `${address}/${size}` };
  }
  return { complaint: `is not a valid CIDR block: "${text}"`, hint: 'Use the form "203.0.113.7/32".' };
}

/** Splits a list at commas and line breaks; drops empty items. */
export function splitList(text: string): readonly string[] {
  return text
    .split(/[,\n]/)
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** Splits a list at line breaks alone, for items that may contain commas; drops empty items. */
export function splitLines(text: string): readonly string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
