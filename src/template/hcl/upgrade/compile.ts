import type { Operand, Pipeline, TextCommand } from "../../go-template/ast.js";
import { printString } from "../syntax/print.js";

/** How the HCL2 template refers to variables and functions. */
export interface TextNames {
  /** Returns the expression for a user variable: `var.x` or `local.x`. */
  reference(variable: string): string;
  /** Returns the expression for an environment variable; undefined where HCL2 cannot read it. */
  environment(variable: string): string | undefined;
  /** Returns true when the text of a variable can have characters outside ASCII. */
  isWide(variable: string): boolean;
  /** What becomes an expression: `references` are what HCL2 writes differently; `values` are all calls, so that no `{{ }}` is left. */
  readonly compiles: "references" | "values";
  /** With `values`: false leaves `{{timestamp}}`, which reads better, where an option renders it. */
  readonly compilesTimestamp: boolean;
}

/**
 * Returns the pipeline of a `{{ }}` as an HCL2 expression with the same value. Returns undefined for a pipeline that has no equivalent, and
 * for one that an option of HCL2 renders by itself.
 */
export function compilePipeline(pipeline: Pipeline, names: TextNames): string | undefined {
  return needsExpression(pipeline, names) ? compile(pipeline, names) : undefined;
}

function needsExpression(pipeline: Pipeline, names: TextNames): boolean {
  if (names.compiles === "values") return true;
  const called = callsOf(pipeline).map(nameOf);
  if (called.some((name) => NOT_IN_OPTIONS.has(name))) return true;
  // Packer's builders do not have this function in HCL2.
  return called.some((name) => CLEAN.has(name)) && called.some((name) => name === "isotime");
}

/** Functions of JSON templates that options of HCL2 do not have. */
const NOT_IN_OPTIONS = new Set(["user", "env", "template_dir", "build"]);
const CLEAN = new Set(["clean_resource_name", "clean_ami_name"]);

function compile({ commands, variables }: Pipeline, names: TextNames): string | undefined {
  if (variables.length > 0) return undefined;
  let piped: Compiled | undefined;
  for (const command of commands) {
    piped = compileCommand(command, piped, names);
    if (piped === undefined) return undefined;
  }
  return piped?.expression;
}

/** An expression, and its value if it is constant. */
interface Compiled {
  readonly expression: string;
  readonly constant: string | bigint | undefined;
  /** True when the value can have characters outside ASCII. */
  readonly wide: boolean;
}

function compileCommand(
  { operands: [first, ...rest] }: TextCommand,
  piped: Compiled | undefined,
  names: TextNames,
): Compiled | undefined {
  if (first.kind !== "function") return rest.length === 0 && !piped ? compileOperand(first, names) : undefined;
  const args: Compiled[] = [];
  for (const operand of rest) {
    const compiled = compileOperand(operand, names);
    if (!compiled) return undefined;
    args.push(compiled);
  }
  if (piped) args.push(piped);
  const expression = CALLS[first.name]?.(args, names);
  if (expression === undefined) return undefined;
  const [name] = args;
  const isReference = first.name === "user" && typeof name?.constant === "string";
  const wide = isReference ? names.isWide(String(name.constant)) : args.some((arg) => arg.wide);
  return { expression, constant: undefined, wide };
}

function compileOperand(operand: Operand, names: TextNames): Compiled | undefined {
  if (operand.kind === "function") return compileCommand({ ...operand, operands: [operand] }, undefined, names);
  if (operand.kind === "pipeline" && operand.names.length === 0) {
    const expression = compile(operand.pipeline, names);
    return expression === undefined ? undefined : { expression, constant: undefined, wide: isWide(operand, names) };
  }
  if (operand.kind !== "literal") return undefined;
  const { value } = operand;
  if (typeof value === "bigint") return { expression: String(value), constant: value, wide: false };
  if (typeof value !== "string") return undefined;
  return { expression: printString(value), constant: value, wide: isWideText(value) };
}

function isWide(operand: Operand & { kind: "pipeline" }, names: TextNames): boolean {
  return callsOf(operand.pipeline).some(({ operands: [first, second] }) => {
    const argument = second?.kind === "literal" ? String(second.value) : "";
    return isWideText(argument) || (nameOf({ operands: [first] }) === "user" && names.isWide(argument));
  });
}

/** Returns true for text with characters outside ASCII. */
export function isWideText(text: string): boolean {
  return /[^\0-\x7f]/.test(text);
}

/** Returns all commands of a pipeline, also those in parentheses. */
export function callsOf({ commands }: Pipeline): readonly TextCommand[] {
  return commands.flatMap((command) => [
    command,
    ...command.operands.flatMap((operand) => (operand.kind === "pipeline" ? callsOf(operand.pipeline) : [])),
  ]);
}

function nameOf({ operands: [first] }: Pick<TextCommand, "operands">): string {
  return first.kind === "function" ? first.name : "";
}

type Call = (args: readonly Compiled[], names: TextNames) => string | undefined;

/** The characters that an AMI name may not contain, as a regular expression in quotes. */
const NOT_IN_NAMES = `"[^a-zA-Z0-9()\\\\[\\\\] ./'@_-]"`;

/** What HCL2 has for the functions of JSON templates (Packer's template engine and its HCL2 functions). */
const CALLS: Readonly<Record<string, Call>> = {
  user: ([name], names) => (typeof name?.constant === "string" ? names.reference(name.constant) : undefined),
  env: ([name], names) => (typeof name?.constant === "string" ? names.environment(name.constant) : undefined),
  build: ([key]) => (typeof key?.constant === "string" ? `build.${key.constant}` : undefined),
  template_dir: () => "abspath(path.root)",
  pwd: () => "path.cwd",
  packer_version: () => "packer.version",
  timestamp: (_args, names) =>
    names.compiles === "references" || names.compilesTimestamp ? "rfc3339_parse(legacy_isotime()).unix" : undefined,
  uuid: () => "uuidv4()",
  isotime: ([layout, ...others]) => (others.length > 0 ? undefined : `legacy_isotime(${layout?.expression ?? ""})`),
  strftime: ([layout]) => (layout ? `legacy_strftime(${layout.expression})` : undefined),
  upper: ([text]) => (text ? `upper(${text.expression})` : undefined),
  lower: ([text]) => (text ? `lower(${text.expression})` : undefined),
  replace_all: ([old, by, text]) => replaceAll(old, by, text),
  replace: ([old, by, count, text]) =>
    typeof count?.constant === "bigint" && count.constant < 0n ? replaceAll(old, by, text) : undefined,
  split: ([text, separator, index]) =>
    text && separator && typeof index?.constant === "bigint" && index.constant >= 0n
      ? `split(${separator.expression}, ${text.expression})[${index.expression}]`
      : undefined,
  clean_resource_name: clean,
  clean_ami_name: clean,
  consul_key: (args, names) => external("consul_key", args, names),
  vault: (args, names) => external("vault", args, names),
  aws_secretsmanager: (args, names) => external("aws_secretsmanager", args, names),
  aws_secretsmanager_raw: (args, names) => external("aws_secretsmanager_raw", args, names),
};

/** HCL2 replaces by a regular expression where the text to replace is between slashes. */
function replaceAll(old: Compiled | undefined, by: Compiled | undefined, text: Compiled | undefined) {
  if (!text || !by || typeof old?.constant !== "string" || old.constant === "") return undefined;
  return /^\/.*\/$/s.test(old.constant)
    ? undefined
    : `replace(${text.expression}, ${old.expression}, ${by.expression})`;
}

/** A character outside ASCII becomes one "-" for each of its bytes in JSON templates, which no expression of HCL2 does. */
function clean([text, ...others]: readonly Compiled[]): string | undefined {
  if (!text || others.length > 0 || text.wide) return undefined;
  return `regex_replace(${text.expression}, ${NOT_IN_NAMES}, "-")`;
}

/** Functions that read secrets: HCL2 has them in local values, as JSON templates have them in `variables`. */
function external(name: string, args: readonly Compiled[], names: TextNames): string | undefined {
  if (names.compiles !== "values" || args.some(({ constant }) => typeof constant !== "string")) return undefined;
  const missing = name === "aws_secretsmanager" && args.length === 1 ? ["null"] : [];
  return `${name}(${[...args.map(({ expression }) => expression), ...missing].join(", ")})`;
}
