import { suggest } from "../core/diagnostics.js";

/** A flag. `boolean` takes no value or `=true`/`=false`; `text` is given once (the last wins), `texts` as often as one likes. */
export interface FlagSpec {
  readonly name: string;
  readonly kind: "boolean" | "text" | "texts";
  /** What the value is called in the usage text, e.g. `FILE`. */
  readonly value?: string | undefined;
  readonly doc: string;
}

/** What the command line gave. */
export interface ParsedFlags {
  boolean(name: string): boolean | undefined;
  text(name: string): string | undefined;
  texts(name: string): readonly string[];
  readonly positional: readonly string[];
  /** What is wrong, one sentence each; all at once. */
  readonly problems: readonly string[];
}

/**
 * Parses flags as Packer's command line takes them: `-name=value`, `-name value`, also with two dashes, before and after the
 * arguments; `--` ends flags, a lone `-` is an argument.
 */
export function parseFlags(args: readonly string[], specs: readonly FlagSpec[]): ParsedFlags {
  const given = new Map<string, string[]>();
  const positional: string[] = [];
  const problems: string[] = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === "--") {
      positional.push(...rest.splice(0));
    } else if (!arg.startsWith("-") || arg === "-") {
      positional.push(arg);
    } else {
      const problem = take(arg, rest, specs, given);
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

/** Takes one flag, and its value from `rest` where it needs one; answers what is wrong. */
function take(
  arg: string,
  rest: string[],
  specs: readonly FlagSpec[],
  given: Map<string, string[]>,
): string | undefined {
  const [, name = "", value] = /^--?([^=]*)(?:=([\s\S]*))?$/.exec(arg) ?? [];
  const spec = specs.find((s) => s.name === name);
  if (!spec) return unknown(name, specs);
  const add = (text: string) => given.set(name, [...(given.get(name) ?? []), text]);
  if (spec.kind === "boolean") {
    const truth = booleanOf(value ?? "true");
    if (truth === undefined) return `-${name} must be true or false, not "${value}"`;
    add(String(truth));
    return undefined;
  }
  const text = value ?? rest.shift();
  if (text === undefined) return `-${name} needs a value: -${name}=${spec.value ?? "VALUE"}`;
  add(text);
  return undefined;
}

/** The words of Go's `strconv.ParseBool`, which Packer's flags take. */
function booleanOf(text: string): boolean | undefined {
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true;
  return /^(0|f|F|FALSE|false|False)$/.test(text) ? false : undefined;
}

function unknown(name: string, specs: readonly FlagSpec[]): string {
  const near = suggest(
    name,
    specs.map((spec) => spec.name),
  );
  return `flag provided but not defined: -${name}${near ? ` (did you mean -${near}?)` : ""}`;
}
