import { suggest } from "../core/diagnostics.js";
import type { CommandName, FlagValues, RequestTable } from "../engine/requests/entry.js";
import { entriesOfCommand, flagsOf, type ListedFlag } from "../engine/requests/listing.js";
import { listNode, type ReadValues, readValues, textNode } from "../engine/requests/read.js";

/** The properties of a flag that the parser needs. */
export type FlagSpec = Pick<ListedFlag, "name" | "kind"> & {
  readonly value?: string | undefined;
  /** The name of the same setting as an input of an action. */
  readonly input?: string | undefined;
};

/** The flags and arguments of a command line, as text. */
export interface ParsedFlags {
  boolean(name: string): boolean | undefined;
  text(name: string): string | undefined;
  texts(name: string): readonly string[];
  readonly positional: readonly string[];
  /** All errors, one sentence each. */
  readonly problems: readonly string[];
}

/**
 * Parses flags like Packer: `-name=value` and `-name value`, with one or two dashes, before and after the arguments. `--` ends the
 * flags; a single `-` is an argument.
 */
export function parseFlags(args: readonly string[], specs: readonly FlagSpec[]): ParsedFlags {
  const given = new Map<string, string[]>();
  const positional: string[] = [];
  const problems: string[] = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === "--") {
      positional.push(...rest.splice(0));
    } else if (TYPOGRAPHIC_DASH.test(arg)) {
      problems.push(`"${arg}" begins with a typographic dash: write ${arg.replace(TYPOGRAPHIC_DASH, "-")}`);
    } else if (!arg.startsWith("-") || arg === "-") {
      positional.push(arg);
    } else {
      const problem = parseFlag(arg, rest, specs, given);
      if (problem) problems.push(problem);
    }
  }
  return {
    boolean: (name) => {
      const last = given.get(name)?.at(-1);
      return last === undefined ? undefined : last === "true";
    },
    text: (name) => given.get(name)?.at(-1),
    texts: (name) => given.get(name) ?? [],
    positional,
    problems,
  };
}

/** A dash that a word processor or a chat program wrote instead of a hyphen. */
const TYPOGRAPHIC_DASH = /^[\u2010-\u2015\u2212]+/;

/** Parses one flag and takes its value from `rest` if needed. Returns the error, if any. */
function parseFlag(
  arg: string,
  rest: string[],
  specs: readonly FlagSpec[],
  given: Map<string, string[]>,
): string | undefined {
  const [, name = "", value] = /^--?([^=]*)(?:=([\s\S]*))?$/.exec(arg) ?? [];
  const spec = specs.find((s) => s.name === name);
  if (!spec) return unknownFlag(name, specs);
  const add = (text: string) => given.set(name, [...(given.get(name) ?? []), text]);
  if (spec.kind === "boolean") {
    const truth = booleanOf(value ?? "true");
    if (truth === undefined) return `Flag "-${name}" must be true or false, not "${value}"`;
    add(String(truth));
    return undefined;
  }
  const text = value ?? rest.shift();
  if (text === undefined) return `Flag "-${name}" needs a value: -${name}=${spec.value ?? "VALUE"}`;
  add(text);
  return undefined;
}

/** Parses the values that Packer's flags accept: those of Go's `strconv.ParseBool`. */
function booleanOf(text: string): boolean | undefined {
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true;
  return /^(0|f|F|FALSE|false|False)$/.test(text) ? false : undefined;
}

function unknownFlag(name: string, specs: readonly FlagSpec[]): string {
  const near =
    specs.find(({ input }) => input === name)?.name ??
    suggest(
      name,
      specs.map((spec) => spec.name),
    );
  return `flag provided but not defined: -${name}${near ? ` (did you mean -${near}?)` : ""}`;
}

/** Decodes the flags of a command from their texts. */
export function readFlags<R extends RequestTable, C extends CommandName>(
  table: R,
  command: C,
  parsed: ParsedFlags,
): ReadValues<FlagValues<R, C>> {
  const flags = flagsOf(table, command);
  const names = new Map(flags.map(({ key, name }) => [key, name]));
  const given = flags.flatMap(({ key, name, kind }) => {
    const texts = parsed.texts(name);
    const last = texts.at(-1);
    if (last === undefined) return [];
    return [[key, kind === "texts" ? listNode(texts) : textNode(last)] as const];
  });
  return readValues(entriesOfCommand(table, command), new Map(given), {
    language: "flag",
    nameOf: (key) => `-${names.get(key) ?? key}`,
    hintForMissing: () => undefined,
  });
}
