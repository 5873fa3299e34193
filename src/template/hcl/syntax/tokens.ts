/** What the lexer cuts a text into. Offsets are UTF-16 code units of the text; `end` is exclusive. */
export interface Token {
  readonly type: TokenType;
  readonly start: number;
  readonly end: number;
}

/** Punctuation is its own type; the rest has names. */
export type TokenType = WordType | TemplateType | Punctuation;

type WordType =
  | "identifier"
  | "number"
  /** `\n` or `\r\n`. */
  | "newline"
  /** A line comment includes its newline. */
  | "comment"
  /** A comment without its end; runs to the end of the text. */
  | "unclosed-comment"
  /** A character that the language does not use here. */
  | "invalid"
  /** U+FFFD: what was not UTF-8 in the file. */
  | "bad-encoding"
  | "end";

type TemplateType =
  | "open-quote"
  | "close-quote"
  /** `<<EOT` or `<<-EOT` with its newline. */
  | "open-heredoc"
  /** The marker with the white space around it, without the newline. */
  | "close-heredoc"
  /** Text in quotes, escapes not yet decoded. */
  | "quoted-literal"
  /** Text of a heredoc (one line at most) or of a bare template. */
  | "literal"
  | "quoted-newline"
  /** `${` or `${~`. */
  | "interpolation"
  /** `%{` or `%{~`. */
  | "directive"
  /** `}` or `~}` that ends one of them. */
  | "sequence-end";

/** Tokens that are their own type. */
export type Punctuation =
  | "{"
  | "}"
  | "["
  | "]"
  | "("
  | ")"
  | "."
  | ","
  | "*"
  | "/"
  | "%"
  | "+"
  | "-"
  | "="
  | "<"
  | ">"
  | "!"
  | "?"
  | ":"
  | "&"
  | "|"
  | "~"
  | "^"
  | ";"
  | "`"
  | "'"
  | "=="
  | "!="
  | ">="
  | "<="
  | "&&"
  | "||"
  | "::"
  | "..."
  | "=>";

const LONG: readonly Punctuation[] = ["...", "==", "!=", ">=", "<=", "&&", "||", "::", "=>"];
const SHORT: readonly Punctuation[] = [..."{}[]().,*/%+-=<>!?:&|~^;`'"] as Punctuation[];
const BY_FIRST = new Map<string, readonly Punctuation[]>(
  SHORT.map((mark) => [mark, [...LONG.filter((long) => long.startsWith(mark)), mark]]),
);

/** The longest punctuation mark at the offset. */
export function punctuationAt(text: string, offset: number): Punctuation | undefined {
  return BY_FIRST.get(text.charAt(offset))?.find((mark) => text.startsWith(mark, offset));
}

/** The other half of a bracket, quote or template sequence; undefined for all else. */
export function opposite(type: TokenType): TokenType | undefined {
  return OPPOSITES.get(type);
}

const PAIRS: readonly (readonly [TokenType, TokenType])[] = [
  ["{", "}"],
  ["[", "]"],
  ["(", ")"],
  ["open-quote", "close-quote"],
  ["open-heredoc", "close-heredoc"],
  ["interpolation", "sequence-end"],
];
const OPPOSITES = new Map<TokenType, TokenType>([
  ...PAIRS.flatMap(([open, close]): [TokenType, TokenType][] => [
    [open, close],
    [close, open],
  ]),
  ["directive", "sequence-end"],
]);

const NAME = /^[\p{ID_Start}_][\p{ID_Continue}-]*$/u;

/** Whether a text is an identifier, and so can be a variable's or an attribute's name (HCL specification, "Identifiers"). */
export function isIdentifier(text: string): boolean {
  return NAME.test(text);
}
