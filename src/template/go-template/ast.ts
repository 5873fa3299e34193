/** A part of Go-template text. `start` and `end` are offsets into the text, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A piece of text, or an action with its body. */
export type TextNode =
  | (Span & { readonly kind: "text"; readonly text: string })
  | (Span & { readonly kind: "print"; readonly pipeline: Pipeline })
  | (Span & { readonly kind: "if" | "with"; readonly pipeline: Pipeline } & Branches)
  | (Span & { readonly kind: "range"; readonly pipeline: Pipeline } & Branches)
  | (Span & { readonly kind: "break" | "continue" })
  | (Span & { readonly kind: "template"; readonly name: string; readonly pipeline: Pipeline | undefined });

interface Branches {
  readonly body: readonly TextNode[];
  readonly otherwise: readonly TextNode[];
}

/** `$a, $b := command | command`. `variables` is empty when nothing is declared. */
export interface Pipeline extends Span {
  readonly variables: readonly string[];
  /** `=` instead of `:=`. */
  readonly assigns: boolean;
  readonly commands: readonly TextCommand[];
}

/** A function with its arguments, or a single operand. */
export interface TextCommand extends Span {
  readonly operands: readonly [Operand, ...Operand[]];
}

/** A literal, `.`, a function's name, `.A.B`, `$x.A`, or a pipeline in parentheses with the fields after it. */
export type Operand =
  | (Span & {
      readonly kind: "literal";
      readonly value: string | bigint | number | boolean | null;
      readonly text: string;
    })
  | (Span & { readonly kind: "dot" })
  | (Span & { readonly kind: "function"; readonly name: string })
  | (Span & { readonly kind: "field"; readonly names: readonly string[] })
  | (Span & { readonly kind: "variable"; readonly name: string; readonly names: readonly string[] })
  | (Span & { readonly kind: "pipeline"; readonly pipeline: Pipeline; readonly names: readonly string[] });

/** A parsed text: its body and the templates it defines by name. */
export interface ParsedText {
  readonly body: readonly TextNode[];
  readonly templates: ReadonlyMap<string, readonly TextNode[]>;
}

/** A syntax error in Go-template text. `start` and `end` are offsets into the text. */
export class TextSyntaxError extends Error {
  readonly start: number;
  readonly end: number;
  readonly hint: string | undefined;
  /** Code of the diagnostic, in kebab case. */
  readonly code: string;

  constructor(message: string, { start, end }: Span, hint?: string, code = "template-syntax") {
    super(message);
    this.name = "TextSyntaxError";
    this.start = start;
    this.end = end;
    this.hint = hint;
    this.code = code;
  }
}
