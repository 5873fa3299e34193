import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { STRING } from "../values/types.js";
import { stringValue } from "../values/value.js";
import { textOf } from "./arguments.js";
import { type FunctionDefinition, fail, fixed, param } from "./definition.js";
import { decodeText, encodeText } from "./text-encodings.js";

const str = param("str", STRING);

/** Functions of encodings (Packer §2.5) but for JSON, YAML and CSV. */
export const ENCODINGS: Readonly<Record<string, FunctionDefinition>> = {
  base64decode: fixed(STRING, [str], (args) => {
    const bytes = fromBase64(textOf(args, 0), 0);
    return stringValue(utf8(bytes) ?? fail("the decoded bytes are not UTF-8 text", 0));
  }),
  base64encode: fixed(STRING, [str], (args) => stringValue(Buffer.from(textOf(args, 0)).toString("base64"))),
  base64gzip: fixed(STRING, [str], (args) => stringValue(gzipSync(textOf(args, 0)).toString("base64"))),
  textdecodebase64: fixed(STRING, [param("source", STRING), param("encoding", STRING)], (args) =>
    stringValue(decodeText(fromBase64(textOf(args, 0), 0), textOf(args, 1))),
  ),
  textencodebase64: fixed(STRING, [param("string", STRING), param("encoding", STRING)], (args) =>
    stringValue(Buffer.from(encodeText(textOf(args, 0), textOf(args, 1))).toString("base64")),
  ),
  urlencode: fixed(STRING, [str], (args) => stringValue(urlEncode(textOf(args, 0)))),
};

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Strict base64 with padding; line ends are skipped. */
export function fromBase64(text: string, argument: number): Uint8Array {
  const plain = text.replace(/[\r\n]/g, "");
  if (!BASE64.test(plain)) fail("the text is not valid base64", argument);
  return Buffer.from(plain, "base64");
}

/** Bytes as text, or undefined where they are not UTF-8. */
export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Go's url.QueryEscape: a space is a plus sign, only letters, digits and `-_.~` stay. */
function urlEncode(text: string): string {
  return Array.from(Buffer.from(text), (byte) => {
    const c = String.fromCharCode(byte);
    if (/[A-Za-z0-9\-_.~]/.test(c)) return c;
    return c === " " ? "+" : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}
