import { RE2JS, RE2JSException } from "re2js";
import type { Budget } from "../budget.js";
import { DYNAMIC, listOf, objectOf, STRING, type Type, tupleOf } from "../values/types.js";
import {
  listValue,
  nullValue,
  objectValue,
  stringValue,
  tupleValue,
  unknownValue,
  type Value,
} from "../values/value.js";
import { defineFunction, type FunctionDefinition, fail, param, textOf } from "./definition.js";

const pattern = param("pattern", STRING);
const string = param("string", STRING);

/** Functions for regular expressions in RE2 syntax (Packer §2.5). */
export const REGULAR_EXPRESSIONS: Readonly<Record<string, FunctionDefinition>> = {
  regex: {
    parameters: [pattern, string],
    returns: (args, budget) =>
      args[0]?.kind === "unknown" ? DYNAMIC : resultType(compile(textOf(args, 0), 0, budget)),
    call: (args, type, budget) => {
      const [match] = matches(compile(textOf(args, 0), 0, budget), textOf(args, 1), budget, 1);
      return match ? result(match, type) : fail("the pattern did not match any part of the string");
    },
  },
  regexall: {
    parameters: [pattern, string],
    returns: (args, budget) =>
      listOf(args[0]?.kind === "unknown" ? DYNAMIC : resultType(compile(textOf(args, 0), 0, budget))),
    call: (args, type, budget) => {
      const element = type.kind === "list" ? type.element : DYNAMIC;
      const found = matches(compile(textOf(args, 0), 0, budget), textOf(args, 1), budget);
      return listValue(
        element,
        found.map((match) => result(match, element)),
      );
    },
  },
  regex_replace: defineFunction(STRING, [param("str", STRING), pattern, param("replace", STRING)], (args, budget) =>
    stringValue(replaceAll(compile(textOf(args, 1), 1, budget), textOf(args, 0), textOf(args, 2), budget)),
  ),
};

/** Steps to compile one instruction, and instructions that are matched with one character in the time of one step. */
const STEPS_OF_INSTRUCTION = 16;
const MATCHES_PER_STEP = 4;

function compile(source: string, argument: number, budget: Budget): RE2JS {
  budget.charge("steps", STEPS_OF_INSTRUCTION * expectedSize(source));
  try {
    return RE2JS.compile(source);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return fail(`invalid regular expression: ${error.message.replace(/^error parsing regexp: /, "")}`, argument);
  }
}

/** Returns about how many instructions a pattern has: `{n,m}` repeats what is before it. */
function expectedSize(source: string): number {
  const open: number[] = [];
  let size = 0;
  let last = 0;
  for (const [token, least, most] of source.matchAll(
    /\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(\d{1,4})(?:,(\d{0,4}))?\}|./gsu,
  )) {
    if (least !== undefined) {
      const added = last * (Math.max(Number(least), Number(most || 0), 1) - 1);
      size += added;
      last += added;
    } else if (token === "(") {
      open.push(size);
    } else if (token === ")") {
      last = size - (open.pop() ?? 0) + 2;
      size += 2;
    } else {
      last = 1;
      size += 1;
    }
  }
  return size;
}

interface Match {
  readonly start: number;
  readonly end: number;
  /** Texts of all groups, the whole match first. Undefined for groups that did not match. */
  readonly groups: readonly (string | undefined)[];
  readonly names: ReadonlyMap<string, number>;
}

function groupNames(expression: RE2JS): ReadonlyMap<string, number> {
  return new Map(Object.entries(expression.namedGroups()));
}

/** Returns the matches from left to right. An empty match right after another match is skipped (Go's regexp). */
function matches(expression: RE2JS, text: string, budget: Budget, limit = Number.POSITIVE_INFINITY): readonly Match[] {
  budget.charge("steps", (text.length * expression.programSize()) / MATCHES_PER_STEP);
  const found: Match[] = [];
  const names = groupNames(expression);
  const matcher = expression.matcher(text);
  let from = 0;
  let end = -1;
  while (found.length < limit && from <= text.length && matcher.find(from)) {
    budget.charge("steps", matcher.groupCount() + 1);
    budget.checkTime();
    const start = matcher.start();
    const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, i) => matcher.group(i) ?? undefined);
    const empty = matcher.end() === start;
    budget.require("elements", found.length * (groups.length + 1));
    if (!(empty && start === end)) found.push({ start, end: matcher.end(), groups, names });
    end = matcher.end();
    from = empty ? end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1) : end;
  }
  return found;
}

/** Returns the type of a match: string without groups, tuple for unnamed groups, object for named groups. */
function resultType(expression: RE2JS): Type {
  const names = [...groupNames(expression).keys()];
  const count = expression.groupCount();
  if (count === 0) return STRING;
  if (names.length === 0) return tupleOf(Array.from({ length: count }, () => STRING));
  if (names.length < count) fail("a pattern cannot have both named and unnamed groups", 0);
  return objectOf(names.map((name) => [name, STRING] as const));
}

function result(match: Match, type: Type): Value {
  const value = (index: number) => {
    const group = match.groups[index];
    return group === undefined ? nullValue(STRING) : stringValue(group);
  };
  if (type.kind === "string") return value(0);
  if (type.kind === "tuple") return tupleValue(type.elements.map((_, i) => value(i + 1)));
  if (type.kind === "object")
    return objectValue([...match.names].map(([name, index]) => [name, value(index)] as const));
  return unknownValue();
}

function replaceAll(expression: RE2JS, text: string, replacement: string, budget: Budget): string {
  let result = "";
  let from = 0;
  for (const match of matches(expression, text, budget)) {
    result += text.slice(from, match.start) + expand(replacement, match);
    budget.require("bytes", result.length);
    from = match.end;
  }
  return result + text.slice(from);
}

/** Expands `$1`, `${1}`, `$name`, `${name}` and `$$`. Names are as long as possible; unknown names are empty (Go's Regexp.Expand). */
function expand(template: string, match: Match): string {
  return template.replace(/\$(?:\$|([0-9A-Za-z_]+)|\{([0-9A-Za-z_]+)\})/g, (whole, bare?: string, braced?: string) => {
    if (whole === "$$") return "$";
    const name = bare ?? braced ?? "";
    const index = /^\d+$/.test(name) ? Number(name) : match.names.get(name);
    return index === undefined ? "" : (match.groups[index] ?? "");
  });
}
