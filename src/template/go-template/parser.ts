import { type ParsedText, type TextNode, TextSyntaxError } from "./ast.js";
import { Expressions } from "./expressions.js";
import { lex, type TextToken, TokenReader } from "./lexer.js";

/**
 * Parses Go-template text (Go's text/template) that may call the `functions`. With `keepFields`, `{{ .Field }}` stays text (values
 * of user variables, Packer §1.3). Throws `TextSyntaxError`, also for unknown functions and variables.
 */
export function parseText(source: string, functions: ReadonlySet<string>, keepFields = false): ParsedText {
  return new Parser(new TokenReader(lex(source, keepFields)), functions).parse();
}

/** The action that ended a list of nodes. */
type Ending = { readonly word: "end" | "else" | "end-of-text"; readonly token: TextToken };

/** One parse. A class because the variables in scope and the templates go through the whole recursion. */
class Parser {
  private readonly tokens: TokenReader;
  private readonly expressions: Expressions;
  private readonly templates = new Map<string, readonly TextNode[]>();
  private ranges = 0;

  constructor(tokens: TokenReader, functions: ReadonlySet<string>) {
    this.tokens = tokens;
    this.expressions = new Expressions(tokens, functions);
  }

  parse(): ParsedText {
    const { nodes, ending } = this.nodes(true);
    if (ending.word !== "end-of-text")
      throw new TextSyntaxError(`Unexpected {{${ending.word}}}: no action is open`, ending.token);
    return { body: nodes, templates: this.templates };
  }

  private nodes(top = false): { nodes: TextNode[]; ending: Ending } {
    this.expressions.enterLevel();
    const nodes: TextNode[] = [];
    for (;;) {
      const token = this.tokens.next();
      if (token.kind === "end-of-text")
        return this.expressions.leaveLevel({ nodes, ending: { word: "end-of-text", token } });
      if (token.kind === "text") {
        nodes.push({ kind: "text", start: token.start, end: token.end, text: token.text });
        continue;
      }
      const word = this.tokens.peek();
      if (word.kind === "identifier" && (word.text === "end" || word.text === "else")) {
        this.tokens.next();
        return this.expressions.leaveLevel({ nodes, ending: { word: word.text, token: word } });
      }
      const node = this.action(token, top);
      if (node) nodes.push(node);
    }
  }

  private action(open: TextToken, top: boolean): TextNode | undefined {
    const word = this.tokens.peek();
    const keyword = word.kind === "identifier" ? word.text : "";
    switch (keyword) {
      case "if":
      case "with":
      case "range":
        this.tokens.next();
        return this.block(keyword, open);
      case "break":
      case "continue":
        this.tokens.next();
        return this.jump(keyword, word);
      case "define":
        this.tokens.next();
        this.define(word, top);
        return undefined;
      case "template":
      case "block":
        this.tokens.next();
        return this.template(keyword, open);
      default: {
        const pipeline = this.expressions.pipeline("action", true);
        const close = this.tokens.expect("close", "action");
        return { kind: "print", start: open.start, end: close.end, pipeline };
      }
    }
  }

  private block(kind: "if" | "with" | "range", open: TextToken): TextNode {
    const outer = this.expressions.variables;
    this.expressions.variables = [...outer];
    const pipeline = this.expressions.pipeline(kind, kind === "range" ? "pair" : true);
    this.tokens.expect("close", kind);
    if (kind === "range") this.ranges++;
    const { nodes: body, ending } = this.nodes();
    if (kind === "range") this.ranges--;
    const otherwise = ending.word === "else" ? this.elseBranch(kind, open) : this.expectEnd(ending, kind, open);
    this.expressions.variables = outer;
    return { kind, start: open.start, end: this.tokens.last.end, pipeline, body, otherwise };
  }

  private expectEnd(ending: Ending, kind: string, open: TextToken): readonly TextNode[] {
    if (ending.word !== "end") throw new TextSyntaxError(`{{${kind}}} is not closed`, open, "Add {{end}} after it.");
    this.tokens.expect("close", "end");
    return [];
  }

  private elseBranch(kind: "if" | "with" | "range", open: TextToken): readonly TextNode[] {
    const word = this.tokens.peek();
    if (word.kind === "identifier" && word.text === kind && kind !== "range") {
      this.tokens.next();
      this.expressions.enterLevel();
      return this.expressions.leaveLevel([this.block(kind, word)]);
    }
    this.tokens.expect("close", "else");
    const { nodes, ending } = this.nodes();
    if (ending.word === "else") throw new TextSyntaxError("An action cannot have a second {{else}}", ending.token);
    this.expectEnd(ending, kind, open);
    return nodes;
  }

  private jump(kind: "break" | "continue", word: TextToken): TextNode {
    if (this.ranges === 0) throw new TextSyntaxError(`{{${kind}}} is not inside {{range}}`, word);
    this.tokens.expect("close", kind);
    return { kind, start: word.start, end: word.end };
  }

  private define(word: TextToken, top: boolean): void {
    if (!top) throw new TextSyntaxError("{{define}} cannot be inside another action", word);
    const name = this.templateName("define");
    this.tokens.expect("close", "define");
    this.templates.set(name, this.definition(word, "define"));
  }

  /** Parses the body of a template, which has its own variables. */
  private definition(open: TextToken, kind: string): readonly TextNode[] {
    const [variables, ranges] = [this.expressions.variables, this.ranges];
    this.expressions.variables = ["$"];
    this.ranges = 0;
    const { nodes, ending } = this.nodes();
    this.expectEnd(ending, kind, open);
    this.expressions.variables = variables;
    this.ranges = ranges;
    return nodes;
  }

  private template(kind: "template" | "block", open: TextToken): TextNode {
    const name = this.templateName(kind);
    const pipeline = this.tokens.peek().kind === "close" ? undefined : this.expressions.pipeline(kind, true);
    this.tokens.expect("close", kind);
    if (kind === "block") {
      if (!pipeline)
        throw new TextSyntaxError("{{block}} needs a value", { start: open.start, end: this.tokens.last.end });
      this.templates.set(name, this.definition(open, kind));
    }
    return { kind: "template", start: open.start, end: this.tokens.last.end, name, pipeline };
  }

  private templateName(kind: string): string {
    const token = this.tokens.next();
    if (typeof token.literal === "string") return token.literal;
    throw new TextSyntaxError(`{{${kind}}} needs a name in quotes`, token);
  }
}
