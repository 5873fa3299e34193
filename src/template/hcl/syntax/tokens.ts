/** A token of the lexer. Offsets are UTF-16 code units of the text. `end` is exclusive. */
export interface Token {
  readonly type: TokenType;
  readonly start: number;
  readonly end: number;
}

/** The type of a punctuation token is its text. All other types have names. */
export type TokenType = WordType | TemplateType | Punctuation;

type WordType =
  | "identifier"
  | "number"
  /** `\n` or `\r\n`. */
  | "newline"
  /** A line comment includes its newline. */
  | "comment"
  /** A comment without an end. It extends to the end of the text. */
  | "unclosed-comment"
  /** A character that is not valid here. */
  | "invalid"
  /** U+FFFD: bytes of the file that are not UTF-8. */
  | "bad-encoding"
  | "end";

type TemplateType =
  | "open-quote"
  | "close-quote"
  /** `<<EOT` or `<<-EOT` with its newline. */
  | "open-heredoc"
  /** The marker with surrounding white space, without the newline. */
  | "close-heredoc"
  /** Text in quotes, before escapes are decoded. */
  | "quoted-literal"
  /** Text of a heredoc (at most one line) or of a bare template. */
  | "literal"
  | "quoted-newline"
  /** `${` or `${~`. */
  | "interpolation"
  /** `%{` or `%{~`. */
  | "directive"
  /** `}` or `~}` at the end of an interpolation or directive. */
  | "sequence-end";

/** Tokens whose type is their text. */
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

/** Returns the longest punctuation token at the offset. */
export function punctuationAt(text: string, offset: number): Punctuation | undefined {
  return BY_FIRST.get(text.charAt(offset))?.find((mark) => text.startsWith(mark, offset));
}

/** Returns the counterpart of a bracket, quote or template sequence. Returns undefined for other types. */
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

/** Returns true when a text is an identifier, the name of a variable or attribute (HCL specification, "Identifiers"). */
export function isIdentifier(text: string): boolean {
  return NAME.test(text);
}
