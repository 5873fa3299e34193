const HTML: Readonly<Record<string, string>> = {
  "\0": "\ufffd",
  '"': "&#34;",
  "'": "&#39;",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
};

/** Go's `html`. */
export function escapeHtml(text: string): string {
  return text.replace(/[\0"'&<>]/g, (char) => HTML[char] ?? char);
}

const JS: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "'": "\\'",
  '"': '\\"',
  "<": "\\u003C",
  ">": "\\u003E",
  "&": "\\u0026",
  "=": "\\u003D",
};

/** Go's `js`. */
export function escapeJs(text: string): string {
  return text.replace(
    /[\\'"<>&=]|[\u0000-\u001f\u007f-\u009f\u00ad\u2028\u2029\ufeff]/g,
    (char) => JS[char] ?? `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`,
  );
}

/** Go's `urlquery`: form encoding, with `+` for a space. */
export function escapeUrl(text: string): string {
  return encodeURIComponent(text.replace(/\p{Cs}/gu, "\ufffd"))
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}

const SHORT: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
};

/** Characters that Go prints unescaped: letters, marks, numbers, punctuation, symbols and the space. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** Go's `%q` of a string. `raw`: in backquotes when possible. `ascii`: escapes all other characters. */
export function quote(text: string, how: { readonly raw: boolean; readonly ascii: boolean }): string {
  const plain = [...text].every((char) => char === "\t" || (PRINTABLE.test(char) && char !== "`" && char !== "\ufeff"));
  if (how.raw && plain) return `\`${text}\``;
  return `"${[...text].map((char) => escapeCharacter(char, '"', how.ascii)).join("")}"`;
}

/** Go's `%q` of a character. */
export function quoteCharacter(code: number, ascii: boolean): string {
  const valid = code >= 0xd800 && code <= 0xdfff ? 0xfffd : code;
  return `'${escapeCharacter(String.fromCodePoint(valid), "'", ascii)}'`;
}

function escapeCharacter(char: string, around: string, ascii: boolean): string {
  if (char === around) return `\\${char}`;
  const short = SHORT[char];
  if (short) return short;
  const code = char.codePointAt(0) ?? 0;
  if (PRINTABLE.test(char) && (!ascii || code < 0x80)) return char;
  const hex = code.toString(16);
  if (code < 0x20 || code === 0x7f) return `\\x${hex.padStart(2, "0")}`;
  return code > 0xffff ? `\\U${hex.padStart(8, "0")}` : `\\u${hex.padStart(4, "0")}`;
}
