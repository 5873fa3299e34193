import type { Token, TokenKind } from "./lexer.js";
import { TextSyntaxError } from "./syntax-error.js";

const NAMES: Readonly<Partial<Record<TokenKind, string>>> = { close: '"}}"', "end-of-text": "the end of the text" };

/** Reads tokens one by one. A class because of the place it keeps. */
export class TokenReader {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  peek(): Token {
    return this.tokens[this.at] ?? END;
  }

  next(): Token {
    const token = this.peek();
    this.at++;
    return token;
  }

  /** The token read last. */
  get last(): Token {
    return this.tokens[this.at - 1] ?? END;
  }

  mark(): number {
    return this.at;
  }

  reset(mark: number): void {
    this.at = mark;
  }

  expect(kind: TokenKind, context: string): Token {
    const token = this.next();
    return token.kind === kind ? token : this.unexpected(token, context);
  }

  /** Names of `.A.B` that follow without a space. */
  fields(): readonly string[] {
    const names: string[] = [];
    while (this.peek().kind === "field" && !this.peek().spaced) names.push(this.next().text);
    return names;
  }

  unexpected(token: Token, context: string): never {
    const what = NAMES[token.kind] ?? `"${token.kind === "field" ? "." : ""}${token.text}"`;
    const where = context === "action" ? "{{ }}" : context === "parentheses" ? context : `{{${context}}}`;
    throw new TextSyntaxError(`unexpected ${what} in ${where}`, token.start, token.end);
  }
}

const END: Token = { kind: "end-of-text", start: 0, end: 0, text: "", spaced: false };
