import { suggest } from "../../core/diagnostics.js";
import { type Operand, type Pipeline, type TextCommand, TextSyntaxError } from "./ast.js";
import type { TextToken, TokenReader } from "./lexer.js";

/** Maximum depth of nested blocks and parentheses: a template with more is a mistake. */
const MAX_DEPTH = 200;

/** Parses the content of actions. A class because of the variables in scope. */
export class Expressions {
  /** Variables in scope. The parser of blocks opens and closes scopes. */
  variables = ["$"];
  private readonly tokens: TokenReader;
  private readonly functions: ReadonlySet<string>;
  private depth = 0;

  constructor(tokens: TokenReader, functions: ReadonlySet<string>) {
    this.tokens = tokens;
    this.functions = functions;
  }

  /** Enters a level of nesting. `shallower` leaves it. */
  enterLevel(): void {
    if (++this.depth > MAX_DEPTH) {
      const { start, end } = this.tokens.peek();
      throw new TextSyntaxError(`The template is nested more than ${MAX_DEPTH} levels deep`, { start, end });
    }
  }

  leaveLevel<T>(result: T): T {
    this.depth--;
    return result;
  }

  /** Parses a pipeline up to `}}` or `)`. `declares`: it may start with `$x :=`; `pair`: with `$i, $x :=` too. */
  pipeline(context: string, declares: boolean | "pair"): Pipeline {
    this.enterLevel();
    const start = this.tokens.peek().start;
    const declaration = declares ? this.declaration(declares) : { variables: [], assigns: false };
    const commands: TextCommand[] = [];
    for (;;) {
      if (this.atEnd()) break;
      if (commands.length > 0) this.tokens.expect("|", context);
      // " with nothing after it for none.|Go ignores a "|" with nothing after it.|" with nothing after it for none.
      if (commands.length > 0 && this.atEnd()) break;
      commands.push(this.command(context));
    }
    const { start: at, end } = this.tokens.peek();
    const first = commands[0];
    if (!first) throw new TextSyntaxError("Missing value in {{ }}", { start: start === at ? start : at, end });
    commands.slice(1).forEach((command, index) => {
      const kind = command.operands[0].kind;
      if (kind === "literal" || kind === "dot")
        throw new TextSyntaxError(
          `Stage ${index + 2} of the pipeline is not a function`,
          command,
          'Write a function after "|". Its last argument is the value before "|".',
        );
    });
    if (!declaration.assigns) this.variables.push(...declaration.variables);
    const last = commands.at(-1) ?? first;
    return this.leaveLevel({ ...declaration, commands, start, end: last.end });
  }

  private atEnd(): boolean {
    const { kind } = this.tokens.peek();
    return kind === "close" || kind === ")";
  }

  private declaration(declares: boolean | "pair"): { variables: readonly string[]; assigns: boolean } {
    const names: TextToken[] = [];
    const mark = this.tokens.mark();
    while (this.tokens.peek().kind === "variable") {
      names.push(this.tokens.next());
      if (names.length === 1 && declares === "pair" && this.tokens.peek().kind === ",") this.tokens.next();
      else break;
    }
    const operator = this.tokens.peek();
    if (names.length > 0 && (operator.kind === ":=" || operator.kind === "=")) {
      this.tokens.next();
      const assigns = operator.kind === "=";
      if (assigns) for (const name of names) this.checkVariable(name);
      return { variables: names.map((name) => name.text), assigns };
    }
    this.tokens.reset(mark);
    return { variables: [], assigns: false };
  }

  private checkVariable(token: TextToken): void {
    if (this.variables.includes(token.text)) return;
    const near = suggest(token.text, this.variables);
    throw new TextSyntaxError(
      `Undefined variable "${token.text}" in {{ }}`,
      token,
      near && near !== "$" ? `Did you mean "${near}"?` : undefined,
      "undefined-template-variable",
    );
  }

  private command(context: string): TextCommand {
    const first = this.operand(context);
    const rest: Operand[] = [];
    for (;;) {
      const token = this.tokens.peek();
      if (token.kind === "close" || token.kind === ")" || token.kind === "|") break;
      if (!token.spaced) this.tokens.unexpected(token, context);
      rest.push(this.operand(context));
    }
    return { operands: [first, ...rest], start: first.start, end: (rest.at(-1) ?? first).end };
  }

  private operand(context: string): Operand {
    const token = this.tokens.next();
    const { start, end } = token;
    switch (token.kind) {
      case "literal":
        return this.rejectField({ kind: "literal", value: token.literal ?? null, text: token.text, start, end });
      case "identifier":
        return this.identifier(token);
      case ".":
        return this.rejectField({ kind: "dot", start, end });
      case "field": {
        const names = [token.text, ...this.tokens.fields()];
        return { kind: "field", names, start, end: this.tokens.last.end };
      }
      case "variable": {
        this.checkVariable(token);
        const names = this.tokens.fields();
        return { kind: "variable", name: token.text, names, start, end: this.tokens.last.end };
      }
      case "(": {
        const pipeline = this.pipeline("parentheses", false);
        this.tokens.expect(")", "parentheses");
        const names = this.tokens.fields();
        return { kind: "pipeline", pipeline, names, start, end: this.tokens.last.end };
      }
      default:
        return this.tokens.unexpected(token, context);
    }
  }

  private rejectField(operand: Operand): Operand {
    const next = this.tokens.peek();
    if (next.kind === "field" && !next.spaced)
      throw new TextSyntaxError(`Unexpected ".${next.text}"`, next, "Remove the field: only maps have fields.");
    return operand;
  }

  private identifier(token: TextToken): Operand {
    const { start, end, text } = token;
    if (text === "true" || text === "false") return { kind: "literal", value: text === "true", text, start, end };
    if (text === "nil") return { kind: "literal", value: null, text, start, end };
    if (!this.functions.has(text)) {
      const near = suggest(text, this.functions);
      throw new TextSyntaxError(
        `Function "${text}" not defined`,
        { start, end },
        near ? `Did you mean "${near}"?` : undefined,
        "unknown-function",
      );
    }
    return this.rejectField({ kind: "function", name: text, start, end });
  }
}
