import { TextSyntaxError } from "./ast.js";

interface Literal {
  readonly end: number;
  readonly text: string;
  readonly literal: string | bigint | number;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

/** Reads a string in double quotes (with Go's escapes) or in backquotes (without escapes) that starts at `at`. */
export function readQuoted(source: string, at: number): Literal {
  const quote = source[at] ?? "";
  if (quote === "`") {
    const close = source.indexOf("`", at + 1);
    if (close === -1) throw unclosed(at);
    return { end: close + 1, text: source.slice(at, close + 1), literal: source.slice(at + 1, close) };
  }
  const { end, value } = readEscaped(source, at, quote);
  return { end, text: source.slice(at, end), literal: value };
}

/** Reads a character in single quotes. Its value is its code point, as of a Go rune. */
export function readCharacter(source: string, at: number): Literal {
  const { end, value } = readEscaped(source, at, "'");
  const characters = [...value];
  if (characters.length !== 1)
    throw new TextSyntaxError(
      "Single quotes must contain exactly one character",
      { start: at, end },
      'Write text as "text" or `text`.',
    );
  return { end, text: source.slice(at, end), literal: BigInt(characters[0]?.codePointAt(0) ?? 0) };
}

function unclosed(at: number): TextSyntaxError {
  return new TextSyntaxError("A string is not closed", { start: at, end: at + 1 }, "Add the closing quote.");
}

function readEscaped(source: string, at: number, quote: string): { readonly end: number; readonly value: string } {
  let value = "";
  let bytes: number[] = [];
  const flush = () => {
    if (bytes.length > 0) value += new TextDecoder().decode(new Uint8Array(bytes));
    bytes = [];
  };
  let i = at + 1;
  for (;;) {
    const char = source[i];
    if (char === undefined || char === "\n") throw unclosed(at);
    if (char === quote) break;
    if (char !== "\\") {
      flush();
      value += char;
      i++;
      continue;
    }
    const read = readEscape(source, i, quote);
    if (read.byte !== undefined) bytes.push(read.byte);
    else {
      flush();
      value += read.value;
    }
    i = read.end;
  }
  flush();
  return { end: i + 1, value };
}

/** `\x41` and `\101` are UTF-8 bytes; the other escapes are characters. */
function readEscape(
  source: string,
  at: number,
  quote: string,
): { value: string; byte?: number | undefined; end: number } {
  const letter = source[at + 1] ?? "";
  const simple = ESCAPES[letter];
  if (simple !== undefined && (simple !== "'" || quote === "'") && (simple !== '"' || quote === '"'))
    return { value: simple, end: at + 2 };
  const octal = /^[0-3][0-7]{2}/.exec(source.slice(at + 1, at + 4))?.[0];
  if (octal) return { value: "", byte: Number.parseInt(octal, 8), end: at + 4 };
  const width = { x: 2, u: 4, U: 8 }[letter];
  const digits = width === undefined ? "" : source.slice(at + 2, at + 2 + width);
  if (width === undefined || digits.length !== width || !/^[\da-fA-F]+$/.test(digits))
    throw new TextSyntaxError(
      `Unknown escape sequence "\\${letter}" in a string`,
      { start: at, end: at + 2 },
      "Write the string in backquotes, which have no escapes.",
    );
  const code = Number.parseInt(digits, 16);
  if (letter === "x") return { value: "", byte: code, end: at + 4 };
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
    throw new TextSyntaxError(`"\\${letter}${digits}" is not a valid character`, { start: at, end: at + 2 + width });
  return { value: String.fromCodePoint(code), end: at + 2 + width };
}

const INTEGER = /^[+-]?(0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]*|[1-9][\d_]*)$/;
const FLOAT = /^[+-]?(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)([eE][+-]?\d+)?$/;

/** Reads a number: decimal, hexadecimal, octal, binary, or a float. */
export function readNumber(source: string, at: number): Literal {
  const text = /^[+-]?(0[xX][\da-zA-Z_]*|[\da-zA-Z_.]*([eE][+-][\d]+)?)/.exec(source.slice(at))?.[0] ?? "";
  const end = at + text.length;
  const plain = text.replaceAll("_", "");
  if (INTEGER.test(text) && /\d/.test(plain)) return { end, text, literal: parseInteger(plain) };
  if (FLOAT.test(text)) return { end, text, literal: Number(plain) };
  throw new TextSyntaxError(`"${text}" is not a number`, { start: at, end: Math.max(end, at + 1) });
}

function parseInteger(text: string): bigint {
  const negative = text.startsWith("-");
  const digits = text.replace(/^[+-]/, "");
  const value = BigInt(/^0\d/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return negative ? -value : value;
}
