import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { STRING } from "../values/types.js";
import { stringValue } from "../values/value.js";
import { defineFunction, type FunctionDefinition, fail, param, textOf } from "./definition.js";

const str = param("str", STRING);

/** Encoding functions (Packer §2.5), except JSON, YAML and CSV. */
export const ENCODINGS: Readonly<Record<string, FunctionDefinition>> = {
  base64decode: defineFunction(STRING, [str], (args) => {
    const bytes = fromBase64(textOf(args, 0), 0);
    return stringValue(utf8(bytes) ?? fail("the decoded bytes are not UTF-8 text", 0));
  }),
  base64encode: defineFunction(STRING, [str], (args) => stringValue(Buffer.from(textOf(args, 0)).toString("base64"))),
  base64gzip: defineFunction(STRING, [str], (args) => stringValue(gzipSync(textOf(args, 0)).toString("base64"))),
  textdecodebase64: defineFunction(STRING, [param("source", STRING), param("encoding", STRING)], (args) =>
    stringValue(decodeText(fromBase64(textOf(args, 0), 0), textOf(args, 1))),
  ),
  textencodebase64: defineFunction(STRING, [param("string", STRING), param("encoding", STRING)], (args, budget) => {
    budget.charge("steps", textOf(args, 0).length);
    return stringValue(Buffer.from(encodeText(textOf(args, 0), textOf(args, 1))).toString("base64"));
  }),
  urlencode: defineFunction(STRING, [str], (args, budget) => {
    budget.charge("steps", textOf(args, 0).length);
    return stringValue(urlEncode(textOf(args, 0)));
  }),
};

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Decodes strict base64 with padding. Line ends are skipped. */
export function fromBase64(text: string, argument: number): Uint8Array {
  const plain = text.replace(/[\r\n]/g, "");
  if (!BASE64.test(plain)) fail("the text is not valid base64", argument);
  return Buffer.from(plain, "base64");
}

/** Decodes UTF-8. Returns undefined when the bytes are not UTF-8. */
export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Go's url.QueryEscape: writes a space as `+`, and keeps only letters, digits and `-_.~`. */
function urlEncode(text: string): string {
  return Array.from(Buffer.from(text), (byte) => {
    const c = String.fromCharCode(byte);
    if (/[A-Za-z0-9\-_.~]/.test(c)) return c;
    return c === " " ? "+" : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}

/** IANA names that have another meaning in the WHATWG standard of TextDecoder, or are unknown there. */
const IANA: Readonly<Record<string, string>> = {
  "utf-16": "utf-16be",
  utf16: "utf-16be",
  csutf16: "utf-16be",
  "us-ascii": "ascii-7",
  ascii: "ascii-7",
  "iso-8859-1": "latin-1",
  latin1: "latin-1",
  "iso_8859-1": "latin-1",
};

/** Encodes text. `name` is an IANA name, e.g. `UTF-16LE`, `windows-1252`. Throws `FunctionError` for an unknown name or character. */
function encodeText(text: string, name: string): Uint8Array {
  const encoding = encodingOf(name);
  if (encoding === "utf-8") return Buffer.from(text);
  if (encoding === "utf-16le" || encoding === "utf-16be") {
    const mark = /^(?:cs)?utf-?16$/i.test(name) ? "\ufeff" : "";
    const bytes = Buffer.from(mark + text, "utf16le");
    return encoding === "utf-16be" ? bytes.swap16() : bytes;
  }
  const table = encodingTable(encoding) ?? fail(`encoding to ${name} is not supported; use UTF-8 or UTF-16LE`, 1);
  const codes = Array.from(
    text,
    (c) => table.get(c) ?? fail(`the text contains characters that ${name} cannot encode`, 0),
  );
  return Uint8Array.from(codes.flatMap((code) => (code > 0xff ? [code >> 8, code & 0xff] : [code])));
}

/** Decodes bytes. Throws `FunctionError` when they are invalid in the encoding. */
function decodeText(bytes: Uint8Array, name: string): string {
  const encoding = encodingOf(name);
  const marked = /^(?:cs)?utf-?16$/i.test(name);
  const little = marked && bytes[0] === 0xff && bytes[1] === 0xfe;
  const decoded = decodeBytes(little ? "utf-16le" : encoding, bytes, !marked);
  if (decoded === undefined || decoded.includes("\ufffd")) fail(`the bytes are not valid ${name}`, 0);
  return decoded;
}

function decodeBytes(encoding: string, bytes: Uint8Array, keepMark: boolean): string | undefined {
  if (encoding === "latin-1") return Buffer.from(bytes).toString("latin1");
  if (encoding === "ascii-7")
    return bytes.some((byte) => byte > 0x7f) ? undefined : Buffer.from(bytes).toString("latin1");
  try {
    const text = new TextDecoder(encoding, { fatal: true, ignoreBOM: keepMark }).decode(bytes);
    // The WHATWG standard decodes unassigned bytes of Windows encodings as control characters.
    return encoding.startsWith("windows-") && /[\u0080-\u009f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

function encodingOf(name: string): string {
  const lower = name.toLowerCase();
  if (Object.hasOwn(IANA, lower)) return IANA[lower] ?? lower;
  try {
    return new TextDecoder(name).encoding;
  } catch {
    return fail(`${JSON.stringify(name)} is not the name of a supported encoding`, 1);
  }
}

const SINGLE_BYTE = /^(?:latin-1|ascii-7|windows-\d+|iso-8859-\d+(?:-i)?|koi8-[ru]|ibm866|macintosh|x-mac-cyrillic)$/;
const DOUBLE_BYTE = /^(?:shift_jis|euc-jp|euc-kr|gbk|big5)$/;

/** Returns the byte or pair of bytes of each character, by decoding all of them. Returns undefined for other encodings. */
function encodingTable(encoding: string): ReadonlyMap<string, number> | undefined {
  const double = DOUBLE_BYTE.test(encoding);
  if (!double && !SINGLE_BYTE.test(encoding)) return undefined;
  const table = new Map<string, number>();
  const add = (bytes: Uint8Array, code: number) => {
    const c = decodeBytes(encoding, bytes, true);
    if (c !== undefined && [...c].length === 1 && c !== "\ufffd" && !table.has(c)) table.set(c, code);
  };
  for (let byte = 0; byte < 0x100; byte++) add(Uint8Array.of(byte), byte);
  for (let lead = 0x81; double && lead < 0xff; lead++) {
    for (let trail = 0x40; trail < 0xff; trail++) add(Uint8Array.of(lead, trail), lead * 0x100 + trail);
  }
  return table;
}
