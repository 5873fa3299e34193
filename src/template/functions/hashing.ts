import { Buffer } from "node:buffer";
import { constants, createHash, createPrivateKey, type KeyObject, privateDecrypt } from "node:crypto";
import bcrypt from "bcryptjs";
import { NUMBER, STRING } from "../values/types.js";
import { stringValue, type Value } from "../values/value.js";
import { integerOf, textOf } from "./arguments.js";
import type { FunctionContext } from "./context.js";
import { type FunctionDefinition, fail, fixed, param } from "./definition.js";
import { fromBase64, utf8 } from "./encoding.js";
import { uuidV5 } from "./name-uuid.js";

const str = param("str", STRING);

/** Hashes, uuids and cryptography (Packer §2.5). */
export function hashingFunctions(context: FunctionContext): Readonly<Record<string, FunctionDefinition>> {
  return {
    bcrypt: fixed(STRING, [str], (args) => stringValue(hashPassword(context, args)), param("cost", NUMBER)),
    md5: hash("md5"),
    rsadecrypt: fixed(STRING, [param("ciphertext", STRING), param("privatekey", STRING)], (args) =>
      stringValue(decryptRsa(fromBase64(textOf(args, 0), 0), textOf(args, 1))),
    ),
    sha1: hash("sha1"),
    sha256: hash("sha256"),
    sha512: hash("sha512"),
    uuidv4: fixed(STRING, [], () => stringValue(context.lookups.uuid())),
    uuidv5: fixed(STRING, [param("namespace", STRING), param("name", STRING)], (args) =>
      stringValue(uuidV5(textOf(args, 0), textOf(args, 1))),
    ),
  };
}

function hash(algorithm: string): FunctionDefinition {
  return fixed(STRING, [str], (args) => stringValue(createHash(algorithm).update(textOf(args, 0)).digest("hex")));
}

/** Go's limits and default; text over 72 bytes is refused there. */
const BCRYPT = { least: 4, most: 31, usual: 10, bytes: 72 };

function hashPassword(context: FunctionContext, args: readonly Value[]): string {
  if (args.length > 2) fail("bcrypt takes no more than two arguments");
  const given = args.length > 1 ? integerOf(args, 1, "cost") : BCRYPT.usual;
  const cost = given < BCRYPT.least ? BCRYPT.usual : given;
  if (cost > BCRYPT.most) fail(`cost must not be more than ${BCRYPT.most}`, 1);
  if (Buffer.byteLength(textOf(args, 0)) > BCRYPT.bytes) fail(`the text is longer than ${BCRYPT.bytes} bytes`, 0);
  const salt = bcrypt.encodeBase64(context.lookups.randomBytes(16), 16);
  return bcrypt.hashSync(textOf(args, 0), `$2a$${String(cost).padStart(2, "0")}$${salt}`);
}

function decryptRsa(cipher: Uint8Array, pem: string): string {
  if (/Proc-Type: 4,ENCRYPTED/.test(pem)) fail("the key has a password; decrypt it first", 1);
  const key = readKey(pem);
  const bytes = unpad(decryptRaw(key, cipher));
  return utf8(bytes) ?? fail("the decrypted bytes are not UTF-8 text", 0);
}

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey({ key: pem, format: "pem" });
  } catch {
    return fail("this is not an RSA private key in PEM form (BEGIN RSA PRIVATE KEY)", 1);
  }
}

/** Without padding: Node refuses PKCS #1 v1.5 where OpenSSL cannot hide its failures, so the padding is taken off here. */
function decryptRaw(key: KeyObject, cipher: Uint8Array): Uint8Array {
  try {
    return privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, cipher);
  } catch {
    return fail("the text cannot be decrypted with this key", 0);
  }
}

/** PKCS #1 v1.5: 00 02, at least eight bytes that are not zero, 00, the message. */
function unpad(block: Uint8Array): Uint8Array {
  const end = block.indexOf(0, 2);
  if (block[0] !== 0 || block[1] !== 2 || end < 10) fail("the text cannot be decrypted with this key", 0);
  return block.subarray(end + 1);
}
