import { rangeBetween } from "./located.js";
import { type Parser, recordError } from "./parser.js";
import type { Token } from "./tokens.js";

/** White space by Go's unicode.IsSpace. JavaScript's `\s` differs in U+0085 and U+FEFF. */
const SPACE = "[\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const LEADING = new RegExp(`^${SPACE}+`);

/** Returns the text without white space at its start. */
export function trimLeft(text: string): string {
  return text.replace(LEADING, "");
}

/** Returns the text without white space at its end. */
export function trimRight(text: string): string {
  let end = text.length;
  while (end > 0 && LEADING.test(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/** Returns `${` for `$${` and `%{` for `%%{`. Returns other text unchanged. */
export function unescapeSequence(text: string): string {
  return text.startsWith("$${") || text.startsWith("%%{") ? text.slice(1) : text;
}

const ESCAPE = /\\(?:u[0-9A-Fa-f]{0,4}|U[0-9A-Fa-f]{0,8}|.)?/gsu;
const SIMPLE = new Map([
  ["\\n", "\n"],
  ["\\r", "\r"],
  ["\\t", "\t"],
  ['\\"', '"'],
  ["\\\\", "\\"],
]);

/** Returns the text of a `quoted-literal` token with decoded escapes. */
export function decodeQuoted(p: Parser, token: Token): string {
  const raw = p.source.text.slice(token.start, token.end);
  if (!raw.includes("\\")) return unescapeSequence(raw);
  return raw.replace(ESCAPE, (sequence, offset: number) => {
    const simple = SIMPLE.get(sequence);
    if (simple !== undefined) return simple;
    const problem = unicodeProblem(sequence);
    if (problem === undefined) return String.fromCodePoint(Number.parseInt(sequence.slice(2), 16));
    const start = token.start + offset;
    recordError(p, rangeBetween(p.source, start, start + sequence.length), {
      summary: "Invalid escape sequence",
      ...problem,
    });
    return sequence.slice(1);
  });
}

/** Returns the error in an escape sequence other than the simple ones. Returns undefined for a valid code point. */
function unicodeProblem(sequence: string): { detail: string; hint?: string | undefined } | undefined {
  const kind = sequence[1];
  if (kind !== "u" && kind !== "U")
    return {
      detail: `${sequence} is not a valid escape sequence. Valid sequences are \\n \\r \\t \\" \\\\ \\uNNNN \\UNNNNNNNN.`,
      hint: "Write \\\\ for a backslash.",
    };
  const digits = kind === "u" ? 4 : 8;
  if (sequence.length !== 2 + digits)
    return { detail: `The \\${kind} escape sequence must be followed by ${digits} hexadecimal digits.` };
  const code = Number.parseInt(sequence.slice(2), 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
    return {
      detail: `${sequence} is not a valid Unicode character.`,
      hint: code <= 0xdfff ? "Write characters above U+FFFF as \\UNNNNNNNN, not as two surrogates." : undefined,
    };
  return undefined;
}
