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
import { callsOf, compilePipeline, type TextNames } from "./compile.js";

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

/** Returns the expressions that `upgradeText` writes in a string. */
export function expressionsIn(text: string, names: TextNames): readonly string[] {
  return splitText(text, names).flatMap(({ expression }) => expression ?? []);
}

/** A variable that a string uses. */
interface VariableUse {
  readonly name: string;
  /** True when the string prints the value as it is; false when a function or a condition gets it. */
  readonly plain: boolean;
}

/** Returns the variables that a string uses. */
export function usesIn(text: string): readonly VariableUse[] {
  return pipelinesIn(text).flatMap(({ pipeline, printed }) => {
    const plain = printed && pipeline.commands.length === 1 && pipeline.variables.length === 0;
    return callsOf(pipeline).flatMap((command) => {
      const name = calledWith("user", command);
      return name === undefined ? [] : [{ name, plain: plain && command === pipeline.commands[0] }];
    });
  });
}

/** Returns the environment variables that a string reads. */
export function environmentIn(text: string): readonly string[] {
  return pipelinesIn(text).flatMap(({ pipeline }) =>
    callsOf(pipeline).flatMap((command) => calledWith("env", command) ?? []),
  );
}

/** Returns the constant argument of a call of the function. */
function calledWith(name: string, { operands: [first, second] }: TextCommand): string | undefined {
  return first.kind === "function" && first.name === name ? constant(second) : undefined;
}

/** Returns the pipelines of a string: those that it prints, and those of conditions. */
function pipelinesIn(text: string): readonly { readonly pipeline: Pipeline; readonly printed: boolean }[] {
  const parsed = parse(text);
  return parsed ? pipelinesOf(parsed.body) : [];
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
    // Two actions can trim the same space.
    literal(text.slice(from, Math.max(from, start)) + (nested ? "`" : ""));
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
  elapsed: () => 0,
  uuid: () => "",
  randomBytes: (length) => new Uint8Array(length),
  lookUp: () => ({ state: "skipped" }),
};

const FUNCTIONS = functionNames(
  packerFunctions({
    scope: "options",
    lookups: NO_LOOKUPS,
    variables: new Map(),
    secretVariables: undefined,
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
  const expression = compilePipeline(pipeline, names);
  if (expression === undefined) return replaceNested(pipeline, names);
  const open = text.lastIndexOf("{{", pipeline.start);
  const close = text.indexOf("}}", pipeline.end) + 2;
  const before = text.slice(0, open);
  const after = text.slice(close);
  // Trim markers remove the space around the action.
  const start = text.startsWith("{{-", open) ? before.replace(/[ \t\r\n]+$/, "").length : open;
  const end = text.slice(0, close).endsWith("-}}") ? text.length - after.replace(/^[ \t\r\n]+/, "").length : close;
  return [{ start, end, expression, nested: false }];
}

function replaceNested(pipeline: Pipeline, names: TextNames): Replacement[] {
  return pipeline.commands.flatMap((command) => {
    const [first, ...others] = command.operands;
    const alone: Pipeline = { ...command, variables: [], assigns: false, commands: [command] };
    const expression =
      first.kind === "function" && !isPiped(command, pipeline) ? compilePipeline(alone, names) : undefined;
    if (expression !== undefined) return [{ start: command.start, end: command.end, expression, nested: true }];
    return [first, ...others].flatMap((operand) =>
      operand.kind === "pipeline" ? replaceNested(operand.pipeline, names) : [],
    );
  });
}

/** Returns true for a command that gets the value of the one before it as its last argument. */
function isPiped(command: TextCommand, { commands }: Pipeline): boolean {
  return commands[0] !== command;
}

function constant(operand: Operand | undefined): string | undefined {
  return operand?.kind === "literal" && typeof operand.value === "string" ? operand.value : undefined;
}

function pipelinesOf(nodes: readonly TextNode[]): ReturnType<typeof pipelinesIn> {
  return nodes.flatMap((node) => {
    const pipeline = "pipeline" in node ? node.pipeline : undefined;
    const own = pipeline ? [{ pipeline, printed: node.kind === "print" }] : [];
    return "body" in node ? [...own, ...pipelinesOf([...node.body, ...node.otherwise])] : own;
  });
}
