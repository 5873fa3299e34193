import { rangeBetween } from "./located.js";
import { type Parser, recordError } from "./parser.js";
import type { Token } from "./tokens.js";

/** White space as Go's unicode.IsSpace sees it; JavaScript's `\s` differs in U+0085 and U+FEFF. */
const SPACE = "[\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const LEADING = new RegExp(`^${SPACE}+`);

/** The text without white space at its start. */
export function trimLeft(text: string): string {
  return text.replace(LEADING, "");
}

/** The text without white space at its end. */
export function trimRight(text: string): string {
  let end = text.length;
  while (end > 0 && LEADING.test(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/** `$${` and `%%{` to `${` and `%{`, as everywhere in templates. */
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

/** The text of a `quoted-literal` token, escapes decoded. */
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

/** What is wrong with an escape sequence that is none of the simple ones; undefined when it is a code point. */
function unicodeProblem(sequence: string): { detail: string; hint?: string | undefined } | undefined {
  const kind = sequence[1];
  if (kind !== "u" && kind !== "U")
    return {
      detail: `There is no escape sequence ${sequence}. Known ones are \\n \\r \\t \\" \\\\ \\uNNNN \\UNNNNNNNN.`,
      hint: "For a backslash write \\\\.",
    };
  const digits = kind === "u" ? 4 : 8;
  if (sequence.length !== 2 + digits) return { detail: `After \\${kind}, ${digits} hexadecimal digits are expected.` };
  const code = Number.parseInt(sequence.slice(2), 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
    return {
      detail: `${sequence} is no character that UTF-8 can hold.`,
      hint: code <= 0xdfff ? "Write characters beyond U+FFFF as \\UNNNNNNNN, not as two surrogates." : undefined,
    };
  return undefined;
}
