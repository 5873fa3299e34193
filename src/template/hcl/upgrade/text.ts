import {
  type Operand,
  type ParsedText,
  type Pipeline,
  type TextCommand,
  type TextNode,
  TextSyntaxError,
} from "../../go-template/ast.js";
import { functionNames } from "../../go-template/calls.js";
import { packerFunctions } from "../../go-template/functions.js";
import { parseText } from "../../go-template/parser.js";
import type { Lookups } from "../../lookups.js";
import { printString } from "../syntax/print.js";

/** How the HCL2 template refers to variables and functions. */
export interface TextNames {
  /** Returns the expression for a user variable: `var.x` or `local.x`. */
  reference(variable: string): string;
  /** True when functions that only HCL2 supports may be used: `env` and functions that read secrets. */
  readonly allowsExternal: boolean;
}

/** Returns a string of a JSON template as an HCL2 expression. Replaces calls that HCL2 writes differently, keeps other `{{ }}`. */
export function upgradeText(text: string, names: TextNames): string {
  const [only, ...others] = splitText(text, names);
  if (only && others.length === 0 && only.expression !== undefined) return only.expression;
  return quotedText(text, names);
}

/** As `upgradeText`, but always in quotes, for keys. */
export function quotedText(text: string, names: TextNames): string {
  const parts = splitText(text, names).map(({ literal, expression }) => {
    return expression === undefined ? printString(literal).slice(1, -1) : `\${${expression}}`;
  });
  return `"${parts.join("")}"`;
}

/** Returns the functions that a string calls, with their first argument if it is constant. */
export function callsIn(text: string): readonly { readonly name: string; readonly argument: string | undefined }[] {
  const parsed = parse(text);
  if (!parsed) return [];
  return commandsOf(parsed.body).flatMap(({ operands: [first, second] }) =>
    first.kind === "function" ? [{ name: first.name, argument: constant(second) }] : [],
  );
}

interface Piece {
  readonly literal: string;
  readonly expression: string | undefined;
}

interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly expression: string;
  /** Within a `{{ }}` that is kept: the value becomes a string of the Go template. */
  readonly nested: boolean;
}

function splitText(text: string, names: TextNames): readonly Piece[] {
  const parsed = parse(text);
  const found = parsed ? findReplacements(parsed.body, text, names).sort((a, b) => a.start - b.start) : [];
  const result: Piece[] = [];
  let from = 0;
  const literal = (part: string) => {
    if (part !== "") result.push({ literal: part, expression: undefined });
  };
  for (const { start, end, expression, nested } of found) {
    literal(text.slice(from, start) + (nested ? "`" : ""));
    result.push({ literal: "", expression });
    // The closing quote belongs to the text that follows.
    from = end;
    if (nested) literal("`");
  }
  literal(text.slice(from));
  return result;
}

/** Parsing needs only the names of functions. Nothing is called. */
const NO_LOOKUPS: Lookups = {
  env: () => undefined,
  envNames: () => [],
  readFile: () => new Uint8Array(),
  pathKind: () => "missing",
  readDirectory: () => [],
  cwd: "/",
  home: undefined,
  startedAt: new Date(0),
  now: () => new Date(0),
  uuid: () => "",
  randomBytes: (length) => new Uint8Array(length),
  lookUp: () => ({ state: "skipped" }),
};

const FUNCTIONS = functionNames(
  packerFunctions({
    scope: "options",
    lookups: NO_LOOKUPS,
    variables: new Map(),
    build: undefined,
    data: undefined,
    templateDir: undefined,
    onSecret: undefined,
  }),
);

function parse(text: string): ParsedText | undefined {
  if (!text.includes("{{")) return undefined;
  try {
    return parseText(text, FUNCTIONS);
  } catch (error) {
    if (error instanceof TextSyntaxError) return undefined;
    throw error;
  }
}

function findReplacements(nodes: readonly TextNode[], text: string, names: TextNames): Replacement[] {
  return nodes.flatMap((node) => {
    if (node.kind === "print") return replaceInPrint(node, text, names);
    const pipeline = "pipeline" in node && node.pipeline ? replaceNested(node.pipeline, names) : [];
    const inner = "body" in node ? findReplacements([...node.body, ...node.otherwise], text, names) : [];
    return [...pipeline, ...inner];
  });
}

function replaceInPrint(node: TextNode & { kind: "print" }, text: string, names: TextNames): Replacement[] {
  const { pipeline } = node;
  const [command, ...more] = pipeline.commands;
  const open = text.lastIndexOf("{{", pipeline.start);
  const close = text.indexOf("}}", pipeline.end) + 2;
  const trims = text.startsWith("{{-", open) || text.slice(0, close).endsWith("-}}");
  const expression =
    command && more.length === 0 && pipeline.variables.length === 0
      ? replaceCall(command, names)
      : replaceCleanedTime(pipeline);
  if (expression === undefined || trims) return replaceNested(pipeline, names);
  return [{ start: open, end: close, expression, nested: false }];
}

function replaceNested(pipeline: Pipeline, names: TextNames): Replacement[] {
  return pipeline.commands.flatMap((command) => {
    const expression = replaceCall(command, names);
    if (expression !== undefined) return [{ start: command.start, end: command.end, expression, nested: true }];
    return command.operands.flatMap((operand) =>
      operand.kind === "pipeline" ? replaceNested(operand.pipeline, names) : [],
    );
  });
}

/** Returns the HCL2 expression for a call. Returns undefined for calls that are kept. */
function replaceCall({ operands }: TextCommand, names: TextNames): string | undefined {
  const [first, second] = operands;
  if (first.kind !== "function") return undefined;
  const argument = constant(second);
  if (first.name === "user" && argument !== undefined) return names.reference(argument);
  if (first.name === "template_dir") return "abspath(path.root)";
  if (first.name === "build" && argument !== undefined) return `build.${argument}`;
  if (!names.allowsExternal || !EXTERNAL_FUNCTIONS.has(first.name)) return undefined;
  const values = operands.slice(1).map(constant);
  if (values.includes(undefined)) return undefined;
  const missing = first.name === "aws_secretsmanager" && values.length === 1 ? ["null"] : [];
  return `${first.name}(${[...values.map((value) => printString(value ?? "")), ...missing].join(", ")})`;
}

const EXTERNAL_FUNCTIONS = new Set(["env", "consul_key", "vault", "aws_secretsmanager", "aws_secretsmanager_raw"]);

function constant(operand: Operand | undefined): string | undefined {
  return operand?.kind === "literal" && typeof operand.value === "string" ? operand.value : undefined;
}

function commandsOf(nodes: readonly TextNode[]): readonly TextCommand[] {
  return nodes.flatMap((node) => {
    const own = "pipeline" in node && node.pipeline ? commandsIn(node.pipeline) : [];
    return "body" in node ? [...own, ...commandsOf([...node.body, ...node.otherwise])] : own;
  });
}

function commandsIn(pipeline: Pipeline): readonly TextCommand[] {
  return pipeline.commands.flatMap((command) => [
    command,
    ...command.operands.flatMap((operand) => (operand.kind === "pipeline" ? commandsIn(operand.pipeline) : [])),
  ]);
}

const CLEAN = new Set(["clean_resource_name", "clean_ami_name"]);
/** The characters that an AMI name may not contain, as a regular expression in quotes. */
const NOT_IN_NAMES = `"[^a-zA-Z0-9()\\\\[\\\\] ./'@_-]"`;

/**
 * Returns `{{isotime | clean_resource_name}}` as an HCL2 expression, because Packer does not support this function in HCL2. Returns
 * undefined for all other pipelines.
 */
function replaceCleanedTime({ commands, variables }: Pipeline): string | undefined {
  const [time, clean, ...more] = commands;
  if (!time || !clean || more.length > 0 || variables.length > 0 || clean.operands.length > 1) return undefined;
  if (!CLEAN.has(nameOf(clean.operands[0])) || nameOf(time.operands[0]) !== "isotime") return undefined;
  const [, layout, ...others] = time.operands;
  if (others.length > 0 || (layout && !isPlain(layout))) return undefined;
  const argument = layout && isPlain(layout) ? `"${layout.value}"` : "";
  return `regex_replace(legacy_isotime(${argument}), ${NOT_IN_NAMES}, "-")`;
}

function nameOf(operand: Operand): string {
  return operand.kind === "function" ? operand.name : "";
}

/** Returns true for a string that needs no escapes in quotes. */
function isPlain(operand: Operand): operand is Operand & { kind: "literal"; value: string } {
  return operand.kind === "literal" && typeof operand.value === "string" && /^[\w :.,+/-]*$/.test(operand.value);
}
