import { constants, generateKeyPairSync, publicEncrypt, randomBytes } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import {
  decryptPassword,
  readPasswordKey,
  unpad,
} from "../../../../src/builders/amazon-ebs/machine/decrypt-password.js";
import { encodeKey } from "../../../../src/ssh/keys/encode.js";
import { generateKeyPair } from "../../../../src/ssh/keys/key-pair.js";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const seal = (text: string) =>
  publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(text)).toString("base64");
/** Encrypts bytes of the length of the modulus as they are. */
const sealRaw = (bytes: Uint8Array) =>
  publicEncrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, bytes).toString("base64");

describe("a Windows password", () => {
  test.each([
    ["of EC2Launch", "Ab3!Cd4@Ef5#Gh6$Ij7%Kl8&Mn9*Op2("],
    ["with quotes and characters of shells", `a"'\`$<>&%^!|`],
    ["outside of ASCII", "Pässwörd-密码"],
    ["of one character", "x"],
    ["of the longest length", "p".repeat(245)],
  ])("%s is decrypted", (_what, password) => {
    expect(decryptPassword(seal(password), privateKey)).toBe(password);
  });

  test("is decrypted from text with line breaks, as EC2 returns it", () => {
    const data = seal("secret").replace(/(.{76})/g, "$1\r\n");
    expect(decryptPassword(`\r\n${data}\r\n`, privateKey)).toBe("secret");
  });

  test("is not decrypted with another key: the result is nothing, not random bytes", () => {
    const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    for (let round = 0; round < 20; round++) expect(decryptPassword(seal("secret"), other)).toBeUndefined();
  });

  const block = (head: readonly number[], fill: number, tail: string) => {
    const bytes = Buffer.alloc(256, fill);
    bytes.set(head);
    bytes.write(tail, 256 - tail.length);
    return bytes;
  };
  test.each([
    ["of the wrong type", sealRaw(block([0, 1], 7, "\0secret"))],
    ["without an end of its padding", sealRaw(block([0, 2], 7, ""))],
    ["with seven bytes of padding", sealRaw(block([0, 2, 1, 1, 1, 1, 1, 1, 1, 0], 7, ""))],
    ["that is empty", sealRaw(block([0, 2], 7, "\0"))],
    ["with a control character", sealRaw(block([0, 2], 7, "\0sec\nret"))],
    [
      "that is no UTF-8",
      sealRaw(Buffer.concat([Buffer.from([0, 2]), Buffer.alloc(250, 1), Buffer.from([0, 0xff, 0xfe, 0xfd])])),
    ],
    ["that is too short", randomBytes(200).toString("base64")],
    ["that is too long", randomBytes(300).toString("base64")],
    ["that is no base64", "???"],
    ["of nothing", ""],
  ])("%s is refused", (_what, data) => {
    expect(decryptPassword(data, privateKey)).toBeUndefined();
  });
});

test("the padding ends at the first zero, and needs eight bytes", () => {
  const bytes = (...values: number[]) => Uint8Array.from(values);
  const filled = [3, 3, 3, 3, 3, 3, 3, 3];
  expect(unpad(bytes(0, 2, ...filled, 0, 65, 0, 66))).toEqual(bytes(65, 0, 66));
  expect(unpad(bytes(0, 2, ...filled, 0))).toEqual(bytes());
  expect(unpad(bytes(0, 2, 3, 3, 3, 0, 3, 3, 3, 3, 0, 65))).toBeUndefined();
  expect(unpad(bytes(1, 2, ...filled, 0, 65))).toBeUndefined();
  expect(unpad(bytes(0, 3, ...filled, 0, 65))).toBeUndefined();
  expect(unpad(bytes())).toBeUndefined();
});

describe("the key of a password", () => {
  const pem = (type: "pkcs1" | "pkcs8") => privateKey.export({ type, format: "pem" }).toString();
  test.each([
    ["PKCS #1", () => pem("pkcs1")],
    ["PKCS #8", () => pem("pkcs8")],
    ["the generated one", () => encodeKey(privateKey)?.text ?? ""],
  ])("can be %s", (_format, text) => {
    const read = readPasswordKey(text(), "key.pem");
    expect("key" in read && decryptPassword(seal("secret"), read.key)).toBe("secret");
  });

  test("cannot be an ed25519 key", async () => {
    const { privateKey: text } = await generateKeyPair("ed25519", { comment: "k" });
    expect(readPasswordKey(text, "key.pem")).toEqual({
      problem: 'the key in "key.pem" is not an RSA key, and EC2 encrypts Windows passwords only for RSA keys',
      hint: 'Set the file of an RSA key pair, or set "winrm_password".',
    });
  });

  test("cannot be encrypted", () => {
    const encrypted = privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" });
    expect(readPasswordKey(encrypted.toString(), "key.pem")).toMatchObject({
      problem: 'the private key in "key.pem" is encrypted',
    });
  });
});
