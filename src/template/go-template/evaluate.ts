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

/** What a rendering uses. */
interface Rendering {
  readonly functions: TextFunctions;
  readonly budget: Budget;
  /** Called with each text that an action computes from a secret. */
  readonly onDerived: ((text: string) => void) | undefined;
}

/** Renders parsed text with `data` as `.`. Throws `TextFault`, also when it needs more than the budget. */
export function evaluateText(text: ParsedText, data: GoValue, rendering: Rendering): string {
  return rendering.budget.run(() => new Evaluation(text, rendering).run(data));
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
  isSecret: boolean;
}

/** One rendering. A class because the output and the variables go through the whole recursion. */
class Evaluation {
  private readonly text: ParsedText;
  private readonly functions: TextFunctions;
  private readonly budget: Budget;
  private readonly onDerived: Rendering["onDerived"];
  private output = "";
  /** Whether the value of the current pipeline comes from a secret, and whether that of `.` does. */
  private isSecret = false;
  private isDotSecret = false;
  private calls = 0;
  private variables: Variable[] = [];

  constructor(text: ParsedText, { functions, budget, onDerived }: Rendering) {
    this.text = text;
    this.budget = budget;
    this.functions = functions;
    this.onDerived = onDerived;
  }

  run(data: GoValue): string {
    this.variables = [{ name: "$", value: data, isSecret: false }];
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
        const [value, isSecret] = this.pipeline(node.pipeline, dot);
        if (node.pipeline.variables.length > 0) return undefined;
        const text = value === null ? "<no value>" : formatGoValue(value);
        this.write(text);
        if (isSecret) this.onDerived?.(text);
        return undefined;
      }
      case "if":
      case "with":
        return this.scoped(() => {
          const [value, isSecret] = this.pipeline(node.pipeline, dot);
          if (!isTrue(value)) return this.nodes(node.otherwise, dot);
          return node.kind === "with" ? this.inner(node.body, value, isSecret) : this.nodes(node.body, dot);
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

  /** Runs nodes with another `.`. */
  private inner(nodes: readonly TextNode[], dot: GoValue, isSecret: boolean): Jump {
    const outer = this.isDotSecret;
    this.isDotSecret = isSecret;
    const jump = this.nodes(nodes, dot);
    this.isDotSecret = outer;
    return jump;
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
    const [value, isSecret] = this.commands(pipeline, dot);
    const [first, second] = pipeline.variables;
    let any = false;
    for (const [key, element] of this.elements(value, pipeline)) {
      any = true;
      this.budget.charge("steps", 1);
      const jump = this.scoped(() => {
        if (first) this.bind({ name: first, value: second ? key : element, isSecret }, pipeline.assigns);
        if (second) this.bind({ name: second, value: element, isSecret }, pipeline.assigns);
        return this.inner(node.body, element, isSecret);
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
    const [value, isSecret] = node.pipeline ? this.pipeline(node.pipeline, dot) : [null, false];
    const outer = this.variables;
    this.variables = [{ name: "$", value, isSecret }];
    this.inner(body, value, isSecret);
    this.variables = outer;
    this.calls--;
  }

  /** Evaluates a pipeline and sets its variables. Returns its value, and whether it comes from a secret. */
  private pipeline(pipeline: Pipeline, dot: GoValue): readonly [GoValue, boolean] {
    const [value, isSecret] = this.commands(pipeline, dot);
    for (const name of pipeline.variables) this.bind({ name, value, isSecret }, pipeline.assigns);
    return [value, isSecret];
  }

  private bind(variable: Variable, assigns: boolean): void {
    const known = assigns ? this.variables.findLast(({ name }) => name === variable.name) : undefined;
    if (known) Object.assign(known, variable);
    else this.variables.push(variable);
  }

  private commands(pipeline: Pipeline, dot: GoValue): readonly [GoValue, boolean] {
    const outer = this.isSecret;
    this.isSecret = false;
    let value: GoValue | undefined;
    for (const command of pipeline.commands) value = this.command(command, dot, value);
    const { isSecret } = this;
    this.isSecret = outer;
    return [value ?? null, isSecret];
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
      const value = within(command, () => callTextFunction(name, this.functions, values, this.budget));
      this.isSecret ||= this.functions.get(name)?.isSecret?.(values) ?? false;
      return value;
    } catch (error) {
      throw error instanceof TextFailure ? new TextFault(error, command) : error;
    }
  }

  private operand(operand: Operand, dot: GoValue): GoValue {
    switch (operand.kind) {
      case "literal":
        return operand.value;
      case "dot":
        this.isSecret ||= this.isDotSecret;
        return dot;
      case "function":
        return this.call(operand.name, { operands: [operand], start: operand.start, end: operand.end }, dot, undefined);
      case "field":
        this.isSecret ||= this.isDotSecret;
        return this.fields(dot, operand.names, operand);
      case "variable": {
        const variable = this.variables.findLast(({ name }) => name === operand.name);
        this.isSecret ||= variable?.isSecret ?? false;
        return this.fields(variable?.value ?? null, operand.names, operand);
      }
      default: {
        const [value, isSecret] = this.pipeline(operand.pipeline, dot);
        this.isSecret ||= isSecret;
        return this.fields(value, operand.names, operand);
      }
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
