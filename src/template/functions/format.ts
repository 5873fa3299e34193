import type { Budget } from "../budget.js";
import { listOf, STRING } from "../values/types.js";
import { isWhollyKnown, listValue, stringValue, unknownValue, type Value } from "../values/value.js";
import { any, defineFunction, type FunctionDefinition, FunctionError, fail, param, textOf } from "./definition.js";
import { formatValueBy, type Verb } from "./format-verbs.js";

const format = param("format", STRING);
const args = any("args", { allowNull: true, allowUnknown: true });

/** `format` and `formatlist` (Packer §2.5). */
export const FORMATS: Readonly<Record<string, FunctionDefinition>> = {
  format: defineFunction(
    STRING,
    [format],
    (given, budget) =>
      given.slice(1).every(isWhollyKnown)
        ? stringValue(formatText(textOf(given, 0), given.slice(1), budget))
        : unknownValue(STRING),
    args,
  ),
  formatlist: defineFunction(
    listOf(STRING),
    [format],
    (given, budget) => formatList(textOf(given, 0), given.slice(1), budget),
    args,
  ),
};

const VERB = /%(?:%|([0#\-+ ]*)([1-9][0-9]*)?(?:\.([0-9]*))?(?:\[([1-9][0-9]*)\])?([A-Za-z]))/y;

/** Replaces the verbs of a format. Throws `FunctionError` when an argument is not used. */
function formatText(text: string, values: readonly Value[], budget: Budget): string {
  let result = "";
  let next = 1;
  let highest = 0;
  for (let at = 0; at < text.length; ) {
    const percent = text.indexOf("%", at);
    if (percent === -1) {
      result += text.slice(at);
      break;
    }
    result += text.slice(at, percent);
    VERB.lastIndex = percent;
    const match = VERB.exec(text);
    if (!match) return invalid(text, percent);
    at = VERB.lastIndex;
    if (match[0] === "%%") {
      result += "%";
      continue;
    }
    const number = match[4] === undefined ? next : Number(match[4]);
    highest = Math.max(highest, number);
    const verb = verbOf(match, percent);
    budget.require("bytes", result.length + (verb.width ?? 0) + (verb.precision ?? 0));
    result += formatOne(verb, number, values, budget);
    budget.require("bytes", result.length);
    budget.charge("steps", 1);
    next = number + 1;
  }
  if (highest < values.length) {
    const used = highest === 0 ? "no verbs in format string" : `only ${highest} used by format string`;
    fail(`too many arguments; ${used}`, highest + 1);
  }
  return result;
}

function verbOf(match: RegExpExecArray, offset: number): Verb {
  const [raw, flags = "", width, precision, , mode = ""] = match;
  return {
    raw,
    offset,
    mode,
    flags: new Set(flags),
    width: width === undefined ? undefined : Number(width),
    precision: precision === undefined ? undefined : Number(precision),
  };
}

function formatOne(verb: Verb, number: number, values: readonly Value[], budget: Budget): string {
  const value = values[number - 1];
  if (value) return formatValueBy(verb, value, budget);
  return fail(
    `not enough arguments for ${JSON.stringify(verb.raw)} at ${verb.offset}: need index ${number} but have ${values.length} total`,
  );
}

function invalid(text: string, percent: number): never {
  const rest = /^%[0#\-+ ]*(?:[1-9][0-9]*)?(?:\.[0-9]*)?(?:\[[0-9]*\]?)?/.exec(text.slice(percent))?.[0] ?? "%";
  const wrong = [...text.slice(percent + rest.length)][0];
  if (wrong === undefined)
    fail(`incomplete verb at the end of the format, offset ${percent}; write %% for a percent sign`);
  return fail(
    `unrecognized format character ${JSON.stringify(wrong)} at offset ${percent + rest.length}; write %% for a percent sign`,
  );
}

/** Returns one string for each element of the lists, which must have the same length. Other arguments are repeated. */
function formatList(text: string, values: readonly Value[], budget: Budget): Value {
  const strings = listOf(STRING);
  if (values.length === 0) return listValue(STRING, [stringValue(formatText(text, [], budget))]);
  if (values.some((value) => value.kind === "unknown" && isSequence(value))) return unknownValue(strings);
  const lists = values.map((value) => ("items" in value ? value.items : undefined));
  const first = lists.findIndex((list) => list !== undefined);
  const length = lists[first]?.length ?? 1;
  lists.forEach((list, i) => {
    if (list && list.length !== length) {
      fail(`argument ${i + 1} has length ${list.length}, argument ${first + 1} has length ${length}`, i + 1);
    }
  });
  let bytes = 0;
  const rows = Array.from({ length }, (_, row) => {
    budget.charge("steps", values.length);
    const made = formatRow(text, { values, lists }, row, budget);
    bytes += made.kind === "string" ? made.value.length : 0;
    budget.require("bytes", bytes);
    return made;
  });
  return listValue(STRING, rows);
}

function isSequence(value: Value): boolean {
  return value.type.kind !== "string" && value.type.kind !== "number" && value.type.kind !== "bool";
}

interface RowValues {
  readonly values: readonly Value[];
  /** The items of the values that are lists. */
  readonly lists: readonly (readonly Value[] | undefined)[];
}

function formatRow(text: string, { values, lists }: RowValues, row: number, budget: Budget): Value {
  const args = values.flatMap((value, i) => lists[i]?.[row] ?? value);
  if (!args.every(isWhollyKnown)) return unknownValue(STRING);
  try {
    return stringValue(formatText(text, args, budget));
  } catch (error) {
    if (!(error instanceof FunctionError)) throw error;
    return fail(`error on format iteration ${row}: ${error.message}`);
  }
}
