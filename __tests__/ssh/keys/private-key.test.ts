import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { encodeKey } from "../../../src/ssh/keys/encode.js";
import { generateKeyPair } from "../../../src/ssh/keys/key-pair.js";
import { readPrivateKey } from "../../../src/ssh/keys/private-key.js";
import { wireString, wireUint32 } from "../../../src/ssh/keys/wire.js";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const ec = (namedCurve: string) => generateKeyPairSync("ec", { namedCurve }).privateKey;
const ed25519 = generateKeyPairSync("ed25519").privateKey;
const p256 = ec("P-256");

const pem = (key: KeyObject, type: "pkcs1" | "pkcs8" | "sec1") => key.export({ type, format: "pem" }).toString();

/** Returns the block of the bytes with the type. */
const block = (type: string, bytes: Buffer) =>
  `-----BEGIN ${type}-----\n${bytes.toString("base64").replace(/.{64}/g, "$&\n")}\n-----END ${type}-----\n`;

const openSsh = (key: KeyObject) => encodeKey(key, "me@host")?.text ?? "";

describe("the key is read from", () => {
  test.each<[string, KeyObject, string]>([
    ["PKCS #1", rsa, pem(rsa, "pkcs1")],
    ["PKCS #8 with an RSA key", rsa, pem(rsa, "pkcs8")],
    ["SEC 1", p256, pem(p256, "sec1")],
    ["PKCS #8 with an ECDSA key", p256, pem(p256, "pkcs8")],
    ["PKCS #8 with an ed25519 key", ed25519, pem(ed25519, "pkcs8")],
    ["OpenSSH's format", ed25519, openSsh(ed25519)],
    ["text before and after the block", rsa, `Key Attributes: <No Attributes>\n${pem(rsa, "pkcs8")}\n# the end\n`],
    [
      "a block after a damaged one",
      rsa,
      `-----BEGIN RSA PRIVATE KEY-----\n*\n-----END RSA PRIVATE KEY-----\n${pem(rsa, "pkcs1")}`,
    ],
    ["a block with a header", rsa, pem(rsa, "pkcs1").replace("KEY-----\n", "KEY-----\nComment: mine\n\n")],
    ["the first of two blocks", p256, pem(p256, "sec1") + pem(rsa, "pkcs1")],
    ["lines with carriage returns", p256, pem(p256, "pkcs8").replaceAll("\n", "\r\n")],
  ])("%s", (_name, key, text) => {
    expect(readPrivateKey(text, "f")).toEqual({
      key: { ...encodeKey(key), text: expect.stringContaining("PRIVATE KEY") },
    });
  });

  test.each(["P-256", "P-384", "P-521"])("OpenSSH's format with the curve %s", (curve) => {
    const key = ec(curve);
    const { x = "", y = "", d = "" } = key.export({ format: "jwk" });
    const name = `nistp${curve.slice(2)}`;
    const type = `ecdsa-sha2-${name}`;
    const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
    const text = openSshText(type, [name, point, Buffer.concat([Buffer.from([0]), Buffer.from(d, "base64url")])]);
    expect(readPrivateKey(text, "f")).toMatchObject({ key: { type, blob: encodeKey(key)?.blob } });
  });

  test("OpenSSH's format with an RSA key", () => {
    const text = openSshText("ssh-rsa", rsaFields(rsa));
    expect(readPrivateKey(text, "f")).toMatchObject({ key: { type: "ssh-rsa", blob: encodeKey(rsa)?.blob } });
  });

  test.each(["ed25519", "ecdsa", "rsa"] as const)("a generated key (%s)", async (type) => {
    const pair = await generateKeyPair(type, { comment: "c" });
    const read = readPrivateKey(pair.privateKey, "f");
    expect("key" in read && `${read.key.type} ${read.key.blob.toString("base64")} c`).toBe(pair.publicKey);
  });
});

/** Returns the text of an OpenSSH private key with these fields. */
function openSshText(type: string, fields: readonly (string | Buffer)[], { cipher = "none", checks = [7, 7] } = {}) {
  const secret = Buffer.concat([...checks.map(wireUint32), ...[type, ...fields, "comment"].map(wireString)]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1));
  const body = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    ...[cipher, cipher === "none" ? "none" : "bcrypt", ""].map(wireString),
    wireUint32(1),
    wireString(""),
    wireString(Buffer.concat([secret, padding])),
  ]);
  return block("OPENSSH PRIVATE KEY", body);
}

/** Returns the fields n, e, d, iqmp, p, q. */
function rsaFields(key: KeyObject): Buffer[] {
  const jwk = key.export({ format: "jwk" });
  return [jwk.n, jwk.e, jwk.d, jwk.qi, jwk.p, jwk.q].map((field) =>
    Buffer.concat([Buffer.from([0]), Buffer.from(field ?? "", "base64url")]),
  );
}

describe("a file is refused with its name and what to do when it", () => {
  let rsa512 = "";
  let dsa = "";
  beforeAll(() => {
    rsa512 = pem(generateKeyPairSync("rsa", { modulusLength: 768 }).privateKey, "pkcs8");
    dsa = pem(generateKeyPairSync("dsa", { modulusLength: 1024, divisorLength: 160 }).privateKey, "pkcs8");
  });
  const encrypted = (key: KeyObject) =>
    key.export({ type: "pkcs8", format: "pem", cipher: "aes256", passphrase: "secret" }).toString();
  const swapped = rsaFields(rsa).map((field, index, all) => (index === 2 ? (all[0] ?? field) : field));

  test.each<[string, () => string, string]>([
    ["is empty", () => "", 'no private key found in "f"'],
    ["is no key", () => "hello", 'no private key found in "f"'],
    ["has lost its line breaks", () => pem(rsa, "pkcs1").replaceAll("\n", " "), 'no private key found in "f"'],
    [
      "has lost its last line",
      () => pem(rsa, "pkcs1").split("\n").slice(0, -2).join("\n"),
      'no private key found in "f"',
    ],
    ["is a public key", () => "ssh-ed25519 AAAAC3NzaC1lZDI1 me", '"f" is a public key'],
    ["is a key of PuTTY", () => "PuTTY-User-Key-File-3: ssh-ed25519\n", '"f" is a key of PuTTY'],
    ["is encrypted in PKCS #8", () => encrypted(rsa), 'the private key in "f" is encrypted'],
    [
      "is encrypted in PKCS #1",
      () => pem(rsa, "pkcs1").replace("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\n\n"),
      'the private key in "f" is encrypted',
    ],
    [
      "is encrypted in OpenSSH's format",
      () => openSshText("ssh-ed25519", [], { cipher: "aes256-ctr" }),
      'the private key in "f" is encrypted',
    ],
    ["is a DSA key", () => dsa, 'the key in "f" is a DSA key, which SSH servers no longer accept'],
    [
      "is a DSA key in OpenSSH's format",
      () => openSshText("ssh-dss", []),
      'the key in "f" is a DSA key, which SSH servers no longer accept',
    ],
    [
      "is a DSA key in PEM",
      () => block("DSA PRIVATE KEY", Buffer.from("x")),
      'the key in "f" is a DSA key, which SSH servers no longer accept',
    ],
    ["is a short RSA key", () => rsa512, 'the RSA key in "f" has only 768 bits, and SSH servers require at least 1024'],
    [
      "has another curve",
      () => pem(ec("secp256k1"), "sec1"),
      'the key in "f" has a type that cannot be used: "secp256k1"',
    ],
    [
      "is a key of another kind",
      () => pem(generateKeyPairSync("x25519").privateKey, "pkcs8"),
      'the key in "f" has a type that cannot be used: "x25519"',
    ],
    [
      "needs a security key",
      () => openSshText("sk-ssh-ed25519@openssh.com", []),
      'the key in "f" has a type that cannot be used: "sk-ssh-ed25519@openssh.com"',
    ],
    [
      "starts with parameters",
      () => block("EC PARAMETERS", Buffer.from("x")) + pem(p256, "sec1"),
      '"f" starts with "EC PARAMETERS", not with a private key',
    ],
    [
      "starts with a certificate",
      () => block("CERTIFICATE", Buffer.from("x")) + pem(rsa, "pkcs1"),
      '"f" starts with "CERTIFICATE", not with a private key',
    ],
    ["is damaged in PEM", () => block("RSA PRIVATE KEY", Buffer.from("damaged")), 'the private key in "f" is damaged'],
    [
      "is damaged in OpenSSH's format",
      () => block("OPENSSH PRIVATE KEY", Buffer.from("openssh-key-v1\0\0\0")),
      'the private key in "f" is damaged',
    ],
    [
      "has other check numbers",
      () => openSshText("ssh-rsa", rsaFields(rsa), { checks: [1, 2] }),
      'the private key in "f" is damaged',
    ],
    [
      "has numbers that do not belong together",
      () => openSshText("ssh-rsa", swapped),
      'the private key in "f" is damaged',
    ],
  ])("%s", (_name, text, problem) => {
    expect(readPrivateKey(text(), "f")).toEqual({ problem, hint: expect.stringMatching(/^[A-Z].*\.$/) });
  });
});
