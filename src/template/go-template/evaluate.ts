import { type Budget, BudgetExceeded, budgetDiagnostic } from "../budget.js";
import type { Operand, ParsedText, Pipeline, Span, TextCommand, TextNode } from "./ast.js";
import { callTextFunction } from "./calls.js";
import { TextFailure, type TextFunctions } from "./function.js";
import { formatGoValue } from "./printf.js";
import { type GoValue, goTypeName, isList, isMap, isTrue } from "./values.js";

const MAX_CALLS = 100;

/** A failure with its place in the text. */
export class TextFault extends Error {
  readonly start: number;
  readonly end: number;
  readonly failure: TextFailure;

  constructor(failure: TextFailure, span: Span) {
    super(failure.message);
    this.name = "TextFault";
    this.failure = failure;
    this.start = span.start;
    this.end = span.end;
  }
}

/** Renders parsed text with `data` as `.`. Throws `TextFault`, also when it needs more than the budget. */
export function evaluateText(text: ParsedText, data: GoValue, functions: TextFunctions, budget: Budget): string {
  return budget.run(() => new Evaluation(text, functions, budget).run(data));
}

/** Runs a part of a rendering. Gives an exceeded budget the place of the innermost part. */
function within<T>(span: Span, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof BudgetExceeded)) throw error;
    const { code, hint } = budgetDiagnostic(error);
    throw new TextFault(new TextFailure(error.message, { code, hint }), span);
  }
}

/** How a loop stops early. */
type Jump = "break" | "continue" | undefined;

interface Variable {
  readonly name: string;
  value: GoValue;
}

/** One rendering. A class because the output and the variables go through the whole recursion. */
class Evaluation {
  private readonly text: ParsedText;
  private readonly functions: TextFunctions;
  private readonly budget: Budget;
  private output = "";
  private calls = 0;
  private variables: Variable[] = [];

  constructor(text: ParsedText, functions: TextFunctions, budget: Budget) {
    this.text = text;
    this.budget = budget;
    this.functions = functions;
  }

  run(data: GoValue): string {
    this.variables = [{ name: "$", value: data }];
    this.nodes(this.text.body, data);
    return this.output;
  }

  private nodes(nodes: readonly TextNode[], dot: GoValue): Jump {
    for (const node of nodes) {
      const jump = within(node, () => {
        this.budget.charge("steps", 1);
        return this.node(node, dot);
      });
      if (jump) return jump;
    }
    return undefined;
  }

  private node(node: TextNode, dot: GoValue): Jump {
    switch (node.kind) {
      case "text":
        this.write(node.text);
        return undefined;
      case "print": {
        const value = this.pipeline(node.pipeline, dot);
        if (node.pipeline.variables.length === 0) this.write(value === null ? "<no value>" : formatGoValue(value));
        return undefined;
      }
      case "if":
      case "with":
        return this.scoped(() => {
          const value = this.pipeline(node.pipeline, dot);
          const inner = node.kind === "with" ? value : dot;
          return isTrue(value) ? this.nodes(node.body, inner) : this.nodes(node.otherwise, dot);
        });
      case "range":
        return this.scoped(() => this.range(node, dot));
      case "template":
        this.template(node, dot);
        return undefined;
      default:
        return node.kind;
    }
  }

  private write(text: string): void {
    this.budget.charge("bytes", text.length);
    this.output += text;
  }

  private scoped<T>(action: () => T): T {
    const depth = this.variables.length;
    try {
      return action();
    } finally {
      this.variables.length = depth;
    }
  }

  private range(node: TextNode & { kind: "range" }, dot: GoValue): Jump {
    const { pipeline } = node;
    const value = this.commands(pipeline, dot);
    const [first, second] = pipeline.variables;
    let any = false;
    for (const [key, element] of this.elements(value, pipeline)) {
      any = true;
      this.budget.charge("steps", 1);
      const jump = this.scoped(() => {
        if (first) this.bind(first, second ? key : element, pipeline.assigns);
        if (second) this.bind(second, element, pipeline.assigns);
        return this.nodes(node.body, element);
      });
      if (jump === "break") break;
    }
    return any ? undefined : this.nodes(node.otherwise, dot);
  }

  private *elements(value: GoValue, span: Span): Iterable<readonly [GoValue, GoValue]> {
    if (value === null) return;
    if (isList(value)) {
      for (const [index, item] of value.entries()) yield [BigInt(index), item];
    } else if (isMap(value)) {
      for (const key of Object.keys(value).sort()) yield [key, value[key] ?? null];
    } else if (typeof value === "bigint") {
      for (let i = 0n; i < value; i++) yield [i, i];
    } else {
      throw new TextFault(new TextFailure(`{{range}} cannot iterate over a ${goTypeName(value)}`), span);
    }
  }

  private template(node: TextNode & { kind: "template" }, dot: GoValue): void {
    const body = this.text.templates.get(node.name);
    if (!body) throw new TextFault(new TextFailure(`Template "${node.name}" not defined`), node);
    if (++this.calls > MAX_CALLS)
      throw new TextFault(
        new TextFailure(`Template "${node.name}" exceeds the maximum of ${MAX_CALLS} nested calls`),
        node,
      );
    const value = node.pipeline ? this.pipeline(node.pipeline, dot) : null;
    const outer = this.variables;
    this.variables = [{ name: "$", value }];
    this.nodes(body, value);
    this.variables = outer;
    this.calls--;
  }

  /** Evaluates a pipeline and sets its variables. */
  private pipeline(pipeline: Pipeline, dot: GoValue): GoValue {
    const value = this.commands(pipeline, dot);
    for (const name of pipeline.variables) this.bind(name, value, pipeline.assigns);
    return value;
  }

  private bind(name: string, value: GoValue, assigns: boolean): void {
    const known = assigns ? this.variables.findLast((variable) => variable.name === name) : undefined;
    if (known) known.value = value;
    else this.variables.push({ name, value });
  }

  private commands(pipeline: Pipeline, dot: GoValue): GoValue {
    let value: GoValue | undefined;
    for (const command of pipeline.commands) value = this.command(command, dot, value);
    return value ?? null;
  }

  private command(command: TextCommand, dot: GoValue, piped: GoValue | undefined): GoValue {
    const [first, ...rest] = command.operands;
    if (first.kind === "function") return this.call(first.name, command, dot, piped);
    if (rest.length > 0 || piped !== undefined)
      throw new TextFault(new TextFailure("Only functions can have arguments"), command);
    if (first.kind === "literal" && first.value === null)
      throw new TextFault(new TextFailure("nil is not a command"), first);
    return this.operand(first, dot);
  }

  /** Calls the first function of a command with the operands after it. The piped value is the last argument. */
  private call(name: string, command: TextCommand, dot: GoValue, piped: GoValue | undefined): GoValue {
    const operands = command.operands.slice(1);
    const values: GoValue[] = [];
    const all = piped === undefined ? operands.length : operands.length + 1;
    for (let i = 0; i < all; i++) {
      const operand = operands[i];
      const value = operand ? this.operand(operand, dot) : (piped ?? null);
      // "and" and "or" stop at the first argument that decides the result.
      if ((name === "and" && !isTrue(value)) || (name === "or" && isTrue(value))) return value;
      values.push(value);
    }
    try {
      return within(command, () => callTextFunction(name, this.functions, values, this.budget));
    } catch (error) {
      throw error instanceof TextFailure ? new TextFault(error, command) : error;
    }
  }

  private operand(operand: Operand, dot: GoValue): GoValue {
    switch (operand.kind) {
      case "literal":
        return operand.value;
      case "dot":
        return dot;
      case "function":
        return this.call(operand.name, { operands: [operand], start: operand.start, end: operand.end }, dot, undefined);
      case "field":
        return this.fields(dot, operand.names, operand);
      case "variable": {
        const variable = this.variables.findLast(({ name }) => name === operand.name);
        return this.fields(variable?.value ?? null, operand.names, operand);
      }
      default:
        return this.fields(this.pipeline(operand.pipeline, dot), operand.names, operand);
    }
  }

  private fields(from: GoValue, names: readonly string[], span: Span): GoValue {
    let value = from;
    for (const name of names) {
      if (value === null) return null;
      if (!isMap(value)) throw new TextFault(new TextFailure(`A ${goTypeName(value)} has no field "${name}"`), span);
      value = Object.hasOwn(value, name) ? (value[name] ?? null) : null;
    }
    return value;
  }
}
