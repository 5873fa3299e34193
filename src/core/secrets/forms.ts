import { plain } from "../plain.js";
import { shellQuote } from "../text.js";

/** Shortest part of a secret that is replaced on its own, in characters: shorter lines are part of every log. */
export const SHORTEST_PART = 4;

/** Shortest text, in bytes, whose encoded forms are replaced: those of shorter ones would match by chance. */
const SHORTEST_ENCODED = 6;

/** Longest text, in characters, of which every form is replaced. A longer one is a document: few programs quote it as a whole. */
const LONGEST_QUOTED = 65_536;

/** First and last line of a key: not secret, and part of many files. */
const HEADING = /^-----(BEGIN|END) [A-Z0-9 ]+-----$/;

/** Values that have nothing to hide as a word of a log: numbers of fewer than four digits, and truth values. */
const COMMON = /^(-?\d{1,3}|true|false)$/i;

/**
 * Returns the texts to replace for a secret, without terminal sequences and control characters: the secret, its lines of at least four
 * characters, and the encoded forms of each (base64 at all three offsets, hexadecimal, URL, JSON, HCL, XML, shell). Returns none for a
 * secret that is blank, a number of fewer than four digits or a truth value.
 */
export function formsOf(secret: string): readonly string[] {
  const whole = secret.trim();
  if (whole === "" || COMMON.test(whole)) return [];
  const lines = linesOf(whole);
  const parts = lines.length === 1 ? [] : lines.filter((line) => line.length >= SHORTEST_PART && !HEADING.test(line));
  const isDocument = secret.length > LONGEST_QUOTED;
  const forms = [
    ...[secret, whole].flatMap((text) => [text, ...(isDocument ? base64Forms(text) : encodedForms(text))]),
    ...parts.flatMap((line) => [line, ...(isDocument ? [] : encodedForms(line))]),
  ];
  return [...new Set(forms.map(plain))].filter((form) => form.trim() !== "");
}

/**
 * Returns what the runner is asked to mask for a secret (`add-mask`): the secret, or its lines of at least four characters if it has shorter
 * ones, because the runner masks each line of a value everywhere in the job, and drops outputs that have it. Returns none for a single
 * character, a number of fewer than four digits and a truth value.
 */
export function masksOf(secret: string): readonly string[] {
  const whole = secret.trim();
  if (whole.length < 2 || COMMON.test(whole)) return [];
  const lines = linesOf(whole).filter((line) => line !== "");
  if (lines.length === 1 || lines.every((line) => line.length >= SHORTEST_PART)) return [secret];
  return lines.filter((line) => line.length >= SHORTEST_PART);
}

function linesOf(text: string): readonly string[] {
  return text.split(/\r\n|\n|\r/).map((line) => line.trim());
}

function encodedForms(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  if (bytes.length < SHORTEST_ENCODED) return [];
  const hex = bytes.toString("hex");
  return [...base64Forms(text), hex, hex.toUpperCase(), ...urlForms(text), ...quotedForms(text), ...markupForms(text)];
}

/**
 * Percent-encoded: as JavaScript does it for a component and a whole URL, as RFC 3986 (Go, Python), for a path, and for forms; with digits
 * in both cases.
 */
function urlForms(text: string): readonly string[] {
  const valid = Buffer.from(text).toString();
  const component = encodeURIComponent(valid);
  const strict = component.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  const forms = [
    ...[component, strict, strict.replaceAll("%2F", "/"), strict.replaceAll("%20", "+"), encodeURI(valid)],
    new URLSearchParams([["", text]]).toString().slice(1),
  ];
  return [...forms, ...forms.map((form) => form.replace(/%[0-9A-F]{2}/g, (digits) => digits.toLowerCase()))];
}

/** Within quotes: JSON (also ASCII only, and with HTML escaped, as Python and Go write it), HCL, and POSIX shells. */
function quotedForms(text: string): readonly string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const unicode = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return [
    json,
    json.replace(/[<>&]/g, unicode),
    json.replace(/[^\u0000-\u007f]/g, unicode),
    json.replaceAll("${", "$${").replaceAll("%{", "%%{"),
    JSON.stringify(json).slice(1, -1),
    shellQuote(text).slice(1, -1),
    text.replace(/[^\w@%+=:,./-]/g, "\\$&"),
    text.replace(/["$`\\]/g, "\\$&"),
  ];
}

/** References for both quotes, as XML, Go, Python and PHP write them. */
const QUOTES = [
  ["&quot;", "&apos;"],
  ["&#34;", "&#39;"],
  ["&quot;", "&#x27;"],
  ["&quot;", "&#039;"],
] as const;

/** XML and HTML, with numeric and with named references. */
function markupForms(text: string): readonly string[] {
  const named = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return [
    text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`),
    named,
    ...QUOTES.map(([double, single]) => named.replaceAll('"', double).replaceAll("'", single)),
  ];
}

/** Widths of lines of base64 text: `base64` and MIME, PEM. */
const WIDTHS = [76, 64];

/** Shortest rest of a wrapped text that is replaced, in characters. */
const SHORTEST_REST = 8;

/**
 * Base64 of a secret that begins at byte 0, 1 or 2 of a group of three: the characters that depend on no other byte, and those of a secret
 * that is the end of what is encoded. The form at byte 0 also in lines, as programs wrap it.
 */
function base64Forms(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  if (bytes.length < SHORTEST_ENCODED) return [];
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    const first = Math.ceil((offset * 8) / 6);
    const end = Math.floor(((offset + bytes.length) * 8) / 6);
    const form = encoded.slice(first, end);
    const atEnd = encoded.slice(first).replace(/=+$/, "");
    const wrapped = offset === 0 && text.length <= LONGEST_QUOTED ? WIDTHS.flatMap((width) => wrap(atEnd, width)) : [];
    return [...[form, atEnd].flatMap((each) => [each, each.replaceAll("+", "-").replaceAll("/", "_")]), ...wrapped];
  });
}

function wrap(text: string, width: number): readonly string[] {
  if (text.length <= width) return [];
  const lines = Array.from({ length: Math.ceil(text.length / width) }, (_, i) =>
    text.slice(i * width, (i + 1) * width),
  );
  return lines.filter((line) => line.length >= SHORTEST_REST);
}
