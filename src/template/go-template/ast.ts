/** The tree of Go-template text. `start` and `end` are offsets into the text, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A piece of text, or one action with all that belongs to it. */
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

/** `$a, $b := command | command`. Without declaration `variables` is empty. */
export interface Pipeline extends Span {
  readonly variables: readonly string[];
  /** `=` instead of `:=`. */
  readonly assigns: boolean;
  readonly commands: readonly TextCommand[];
}

/** Operands side by side: a function with its arguments, or one operand alone. */
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

/** Go-template text that cannot be understood; `start` and `end` are offsets into the text. */
export class TextSyntaxError extends Error {
  readonly start: number;
  readonly end: number;
  readonly hint: string | undefined;
  /** Kebab-case name for the diagnostic. */
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
