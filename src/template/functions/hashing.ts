import { Buffer } from "node:buffer";
import { constants, createHash, createPrivateKey, type KeyObject, privateDecrypt } from "node:crypto";
import bcrypt from "bcryptjs";
import type { Budget } from "../budget.js";
import { NUMBER, STRING } from "../values/types.js";
import { stringValue, type Value } from "../values/value.js";
import {
  defineFunction,
  type FunctionContext,
  type FunctionDefinition,
  fail,
  integerOf,
  param,
  textOf,
} from "./definition.js";
import { fromBase64, utf8 } from "./encoding.js";

const str = param("str", STRING);

/** Functions for hashes, UUIDs and cryptography (Packer §2.5). */
export function hashingFunctions(context: FunctionContext): Readonly<Record<string, FunctionDefinition>> {
  return {
    bcrypt: defineFunction(
      STRING,
      [str],
      (args, budget) => stringValue(hashPassword(context, args, budget)),
      param("cost", NUMBER),
    ),
    md5: hash("md5"),
    rsadecrypt: defineFunction(STRING, [param("ciphertext", STRING), param("privatekey", STRING)], (args) =>
      stringValue(decryptRsa(fromBase64(textOf(args, 0), 0), textOf(args, 1))),
    ),
    sha1: hash("sha1"),
    sha256: hash("sha256"),
    sha512: hash("sha512"),
    uuidv4: defineFunction(STRING, [], () => stringValue(context.lookups.uuid())),
    uuidv5: defineFunction(STRING, [param("namespace", STRING), param("name", STRING)], (args) =>
      stringValue(uuidV5(textOf(args, 0), textOf(args, 1))),
    ),
  };
}

function hash(algorithm: string): FunctionDefinition {
  return defineFunction(STRING, [str], (args) =>
    stringValue(createHash(algorithm).update(textOf(args, 0)).digest("hex")),
  );
}

/** Limits and default of Go's bcrypt, which rejects text over 72 bytes. */
const BCRYPT = { least: 4, most: 31, usual: 10, bytes: 72 };

/** Steps of one round of bcrypt; a cost of n is 2^n rounds. */
const STEPS_OF_ROUND = 700;

function hashPassword(context: FunctionContext, args: readonly Value[], budget: Budget): string {
  if (args.length > 2) fail("at most two arguments are allowed");
  const given = args.length > 1 ? integerOf(args, 1, "cost") : BCRYPT.usual;
  const cost = given < BCRYPT.least ? BCRYPT.usual : given;
  if (cost > BCRYPT.most) fail(`cost must not be more than ${BCRYPT.most}`, 1);
  if (Buffer.byteLength(textOf(args, 0)) > BCRYPT.bytes) fail(`the text is longer than ${BCRYPT.bytes} bytes`, 0);
  budget.charge("steps", STEPS_OF_ROUND * 2 ** cost);
  const salt = bcrypt.encodeBase64(context.lookups.randomBytes(16), 16);
  return bcrypt.hashSync(textOf(args, 0), `$2a$${String(cost).padStart(2, "0")}$${salt}`);
}

function decryptRsa(cipher: Uint8Array, pem: string): string {
  if (/Proc-Type: 4,ENCRYPTED/.test(pem)) fail("the key is encrypted; decrypt it first", 1);
  const key = readKey(pem);
  const bytes = unpad(decryptRaw(key, cipher));
  return utf8(bytes) ?? fail("the decrypted bytes are not UTF-8 text", 0);
}

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey({ key: pem, format: "pem" });
  } catch {
    return fail("not an RSA private key in PEM format (BEGIN RSA PRIVATE KEY)", 1);
  }
}

/** Decrypts without padding: some versions of Node do not support PKCS #1 v1.5, so `unpad` removes the padding. */
function decryptRaw(key: KeyObject, cipher: Uint8Array): Uint8Array {
  try {
    return privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, cipher);
  } catch {
    return fail("could not decrypt the text with this key", 0);
  }
}

/** PKCS #1 v1.5: 00 02, at least eight bytes that are not zero, 00, the message. */
function unpad(block: Uint8Array): Uint8Array {
  const end = block.indexOf(0, 2);
  if (block[0] !== 0 || block[1] !== 2 || end < 10) fail("could not decrypt the text with this key", 0);
  return block.subarray(end + 1);
}

/** Namespaces of RFC 4122, appendix C. */
const NAMESPACES: Readonly<Record<string, string>> = {
  dns: "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
  url: "6ba7b811-9dad-11d1-80b4-00c04fd430c8",
  oid: "6ba7b812-9dad-11d1-80b4-00c04fd430c8",
  x500: "6ba7b814-9dad-11d1-80b4-00c04fd430c8",
};

const HEX = "[0-9a-f]";
const UUID = new RegExp(`^(?:urn:uuid:)?\\{?(${HEX}{8}-${HEX}{4}-${HEX}{4}-${HEX}{4}-${HEX}{12}|${HEX}{32})\\}?$`, "i");

/** Returns the UUID version 5 of a name. `namespace` is `dns`, `url`, `oid`, `x500` or a UUID. Throws `FunctionError`. */
function uuidV5(namespace: string, name: string): string {
  const text = Object.hasOwn(NAMESPACES, namespace) ? NAMESPACES[namespace] : UUID.exec(namespace)?.[1];
  if (text === undefined)
    return fail(`the namespace must be dns, url, oid, x500 or a UUID, not ${JSON.stringify(namespace)}`, 0);
  const bytes = createHash("sha1")
    .update(Buffer.from(text.replaceAll("-", ""), "hex"))
    .update(name)
    .digest()
    .subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
