import type { Budget } from "../budget.js";
import { BOOL, listOf, NUMBER, STRING } from "../values/types.js";
import { boolValue, isWhollyKnown, listValue, stringValue, unknownValue, type Value } from "../values/value.js";
import { defineFunction, type FunctionDefinition, fail, integerOf, itemsOf, param, textOf } from "./definition.js";

const str = param("str", STRING);
const STRINGS = listOf(STRING);

/** Defines a function with string parameters that returns a string. */
function text(names: readonly string[], call: (...texts: string[]) => string): FunctionDefinition {
  const parameters = names.map((name) => param(name, STRING));
  return defineFunction(STRING, parameters, (args) => stringValue(call(...args.map((_, i) => textOf(args, i)))));
}

/** As `text`, for a function that works on each character of its first argument. */
function perCharacter(names: readonly string[], call: (...texts: string[]) => string): FunctionDefinition {
  const parameters = names.map((name) => param(name, STRING));
  return defineFunction(STRING, parameters, (args, budget) => {
    budget.charge("steps", textOf(args, 0).length);
    return stringValue(call(...args.map((_, i) => textOf(args, i))));
  });
}

function test(names: readonly string[], call: (a: string, b: string) => boolean): FunctionDefinition {
  const parameters = names.map((name) => param(name, STRING));
  return defineFunction(BOOL, parameters, (args) => boolValue(call(textOf(args, 0), textOf(args, 1))));
}

/** String functions (Packer §2.5), except formats and regular expressions. */
export const STRING_FUNCTIONS: Readonly<Record<string, FunctionDefinition>> = {
  chomp: text(["str"], (s) => withoutEnd(s, (c) => c === "\n" || c === "\r")),
  endswith: test(["str", "suffix"], (s, suffix) => s.endsWith(suffix)),
  indent: defineFunction(STRING, [param("spaces", NUMBER), str], (args, budget) => {
    const spaces = integerOf(args, 0);
    if (spaces < 0) fail("the number of spaces must not be negative", 0);
    budget.require("bytes", spaces * (1 + countOf(textOf(args, 1), "\n")));
    return stringValue(textOf(args, 1).replaceAll("\n", `\n${" ".repeat(spaces)}`));
  }),
  join: defineFunction(STRING, [param("separator", STRING)], join, param("lists", STRINGS)),
  lower: perCharacter(["str"], (s) => mapCharacters(s, (c) => c.toLowerCase())),
  replace: defineFunction(
    STRING,
    ["str", "substr", "replace"].map((name) => param(name, STRING)),
    (args, budget) => stringValue(replaceText([textOf(args, 0), textOf(args, 1), textOf(args, 2)], budget)),
  ),
  split: defineFunction(STRINGS, [param("separator", STRING), str], (args, budget) =>
    listValue(STRING, splitText(textOf(args, 1), textOf(args, 0), budget).map(stringValue)),
  ),
  startswith: test(["str", "prefix"], (s, prefix) => s.startsWith(prefix)),
  strcontains: test(["str", "substr"], (s, part) => s.includes(part)),
  strrev: defineFunction(STRING, [str], (args, budget) =>
    stringValue([...graphemes(textOf(args, 0), budget)].reverse().join("")),
  ),
  substr: defineFunction(STRING, [str, param("offset", NUMBER), param("length", NUMBER)], (args, budget) =>
    stringValue(substring(graphemes(textOf(args, 0), budget), integerOf(args, 1), integerOf(args, 2))),
  ),
  title: perCharacter(["str"], titleCase),
  trim: perCharacter(["str", "cutset"], trimSet),
  trimprefix: text(["str", "prefix"], (s, prefix) => (s.startsWith(prefix) ? s.slice(prefix.length) : s)),
  trimspace: text(["str"], (s) => withoutEnd(s.replace(/^\p{White_Space}+/u, ""), (c) => /\p{White_Space}/u.test(c))),
  trimsuffix: text(["str", "suffix"], (s, suffix) =>
    suffix !== "" && s.endsWith(suffix) ? s.slice(0, -suffix.length) : s,
  ),
  upper: perCharacter(["str"], (s) => mapCharacters(s, (c) => c.toUpperCase())),
};

/** Returns the text without the code units at its end that are to be cut. A regular expression for them takes quadratic time. */
function withoutEnd(s: string, isCut: (unit: string) => boolean): string {
  let end = s.length;
  while (end > 0 && isCut(s.charAt(end - 1))) end--;
  return s.slice(0, end);
}

/** Returns how often a part occurs in a text. The empty string occurs before each character and at the end. */
export function countOf(s: string, part: string): number {
  if (part === "") return s.length + 1;
  let count = 0;
  for (let at = s.indexOf(part); at !== -1; at = s.indexOf(part, at + part.length)) count++;
  return count;
}

function join(args: readonly Value[], budget: Budget): Value {
  const lists = args.slice(1);
  if (lists.length === 0) fail("at least one list is required");
  if (!lists.every(isWhollyKnown)) return unknownValue(STRING);
  const texts = lists.flatMap((_, list) =>
    itemsOf(args, list + 1).map((item, i) =>
      item.kind === "string" ? item.value : fail(`element ${i} is null; null values cannot be joined`, list + 1),
    ),
  );
  budget.require("bytes", textOf(args, 0).length * texts.length);
  return stringValue(texts.join(textOf(args, 0)));
}

/** Go changes characters one by one, and keeps those that would become several. */
function mapCharacters(s: string, change: (c: string) => string): string {
  return Array.from(s, (c) => {
    const changed = change(c);
    // The lower case of "İ" has two characters; Go keeps the first.
    if (c === "\u0130" && changed.startsWith("i")) return "i";
    return [...changed].length === 1 ? changed : c;
  }).join("");
}

/** The empty string matches before every character and at the end. */
function replaceText([s, part, replacement]: readonly [string, string, string], budget: Budget): string {
  budget.require("bytes", countOf(s, part) * replacement.length);
  if (part === "") budget.charge("steps", s.length);
  if (part !== "") return s.replaceAll(part, () => replacement);
  return `${replacement}${Array.from(s, (c) => c + replacement).join("")}`;
}

function splitText(s: string, separator: string, budget: Budget): readonly string[] {
  budget.require("elements", countOf(s, separator));
  return separator === "" ? [...s] : s.split(separator);
}

/** A negative offset counts from the end. A negative length means the rest of the string. */
function substring(characters: readonly string[], offset: number, length: number): string {
  if (offset >= 0 && length === 0) return "";
  const start = offset < 0 ? Math.max(0, offset + characters.length) : offset;
  // A length of zero from a negative offset is "no limit", as in cty.
  const end = length <= 0 ? undefined : start + length;
  return characters.slice(start, end).join("");
}

const WORD_CHARACTER = /[\p{L}\p{Nd}_]/u;
const SEPARATOR = /[\p{White_Space}]/u;

/** Capitalizes words. ASCII punctuation and white space separate words, other punctuation does not (Go's strings.Title). */
function titleCase(s: string): string {
  let before = " ";
  return Array.from(s, (c) => {
    const starts = isSeparator(before);
    before = c;
    return starts ? mapCharacters(c, (x) => x.toUpperCase()) : c;
  }).join("");
}

function isSeparator(c: string): boolean {
  if (c <= "\u007f") return !/[0-9A-Za-z_]/.test(c);
  return !WORD_CHARACTER.test(c) && SEPARATOR.test(c);
}

/** Removes all characters of the set from both ends. */
function trimSet(s: string, set: string): string {
  const cut = new Set(set);
  const characters = [...s];
  let start = 0;
  let end = characters.length;
  while (start < end && cut.has(characters[start] ?? "")) start++;
  while (end > start && cut.has(characters[end - 1] ?? "")) end--;
  return characters.slice(start, end).join("");
}

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Steps to find the end of one grapheme cluster. */
const STEPS_OF_CLUSTER = 8;

/** Returns the characters of a text as users count them: Unicode extended grapheme clusters. */
export function graphemes(text: string, budget: Budget): readonly string[] {
  budget.charge("steps", text.length);
  // Most texts are ASCII, where only CR LF is one cluster of two.
  if (/^[\u0020-\u007e\n\t]*$/.test(text)) return [...text];
  budget.charge("steps", text.length * STEPS_OF_CLUSTER);
  return Array.from(segmenter.segment(text), (segment) => segment.segment);
}
