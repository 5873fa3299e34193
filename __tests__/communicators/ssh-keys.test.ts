import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { openSshCommunicator } from "../../src/communicators/ssh.js";
import { describe, test } from "../ssh/openssh.js";
import { type Sshd, startSshd } from "../ssh/sshd.js";
import { credentialsOf } from "../ssh/targets.js";
import { temporaryFolder } from "../support/folder.js";
import { communicatorOptions, outputOf } from "./connect.js";

const folder = temporaryFolder("keys");
let sshd: Sshd;

beforeAll(async () => {
  sshd = await startSshd();
});

afterAll(() => sshd.stop());

function keygen(...options: string[]): void {
  execFileSync("ssh-keygen", ["-q", "-N", "", ...options], { stdio: "ignore" });
}

/** Logs in with the key in the file. Rejects as the communicator does. */
async function login(path: string): Promise<string> {
  const credentials = credentialsOf({ user: sshd.user, key: { from: "file", path } });
  const communicator = await openSshCommunicator(communicatorOptions(sshd, {}, { credentials }));
  try {
    return (await outputOf(communicator, "echo logged in")).stdout;
  } finally {
    await communicator.close();
  }
}

/** Authorises the public key of a private key file, as OpenSSH reads it. */
function authorise(publicKey: string): void {
  appendFileSync(join(sshd.folder, "authorized_keys"), publicKey);
}

describe("a login succeeds with a key of OpenSSH", () => {
  test.each([
    ["ed25519", ["-t", "ed25519"]],
    ["rsa in OpenSSH format", ["-t", "rsa", "-b", "2048"]],
    ["rsa in PEM format", ["-t", "rsa", "-b", "2048", "-m", "PEM"]],
    ["rsa in PKCS #8 format", ["-t", "rsa", "-b", "2048", "-m", "PKCS8"]],
    ["ecdsa of 256 bits", ["-t", "ecdsa", "-b", "256"]],
    ["ecdsa of 384 bits in PEM format", ["-t", "ecdsa", "-b", "384", "-m", "PEM"]],
    ["ecdsa of 521 bits", ["-t", "ecdsa", "-b", "521"]],
    ["ecdsa of 256 bits in PKCS #8 format", ["-t", "ecdsa", "-b", "256", "-m", "PKCS8"]],
    ["ecdsa of 521 bits in PKCS #8 format", ["-t", "ecdsa", "-b", "521", "-m", "PKCS8"]],
  ])("%s", async (name, options) => {
    const path = join(folder(), name.replaceAll(/\W/g, "-"));
    keygen(...options, "-f", path);
    authorise(readFileSync(`${path}.pub`, "utf8"));
    expect(await login(path)).toBe("logged in\n");
  });
});

test("a login succeeds with an ed25519 key in PKCS #8 format, which OpenSSH does not write", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const path = join(folder(), "pkcs8-ed25519");
  writeFileSync(path, privateKey.export({ type: "pkcs8", format: "pem" }));
  const raw = Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url");
  const blob = Buffer.concat([Buffer.from("0000000b7373682d6564323535313900000020", "hex"), raw]);
  authorise(`ssh-ed25519 ${blob.toString("base64")}\n`);
  expect(await login(path)).toBe("logged in\n");
});

describe("a login succeeds with a key file that has", () => {
  test.each<[string, (text: string) => string]>([
    ["text before it, as openssl pkcs12 writes", (text) => `Bag Attributes\n    friendlyName: web\n${text}`],
    ["a certificate after it", (text) => `${text}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`],
    ["carriage returns", (text) => text.replaceAll("\n", "\r\n")],
    ["no newline at its end", (text) => text.trimEnd()],
    ["empty lines before it", (text) => `\n\n${text}`],
  ])("%s", async (name, change) => {
    for (const format of ["PEM", "RFC4716"]) {
      const path = join(folder(), `${name.replaceAll(/\W/g, "-")}-${format}`);
      keygen("-t", "ecdsa", "-m", format, "-f", path);
      authorise(readFileSync(`${path}.pub`, "utf8"));
      writeFileSync(path, change(readFileSync(path, "utf8")));
      expect(await login(path)).toBe("logged in\n");
    }
  });
});

describe("a key file is refused by name when it", () => {
  test.each<[string, (path: string) => void, string, RegExp]>([
    ["is missing", () => undefined, "ssh-key-file-unreadable", /Could not read .*no such file or directory$/],
    ["has no key", (path) => writeFileSync(path, "hello\n"), "ssh-private-key-invalid", /: no private key found in "/],
    [
      "is encrypted",
      (path) => execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "secret", "-f", path]),
      "ssh-private-key-invalid",
      /is encrypted/,
    ],
    [
      "is a public key",
      (path) => {
        keygen("-t", "ed25519", "-f", `${path}.other`);
        execFileSync("cp", [`${path}.other.pub`, path]);
      },
      "ssh-private-key-invalid",
      /is a public key/,
    ],
  ])("%s", async (name, make, code, message) => {
    const path = join(folder(), `bad-${name.replaceAll(" ", "-")}`);
    make(path);
    await expect(login(path)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
