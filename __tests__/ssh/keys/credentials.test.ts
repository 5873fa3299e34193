import { createPublicKey, verify } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import ssh2 from "ssh2";
import { noDebug } from "../../../src/core/debug.js";
import { loadCredentials } from "../../../src/ssh/keys/credentials.js";
import { generateKeyPair } from "../../../src/ssh/keys/key-pair.js";
import { credentialsOf } from "../targets.js";

const pair = await generateKeyPair("rsa", { comment: "c" });

/** Returns the RSA key that is offered. */
async function offeredKey(sha1: boolean) {
  const credentials = credentialsOf({ user: "me", key: { from: "text", text: pair.privateKey } });
  const loaded = await loadCredentials(credentials, 0);
  const methods = loaded.methods({ client: new ssh2.Client(), debug: noDebug, sha1, onFailure: () => undefined });
  const method = methods[0];
  if (methods.length !== 1 || method?.type !== "publickey") throw new Error("one key is offered");
  const key = method.key;
  if (typeof key === "string" || Buffer.isBuffer(key)) throw new Error("the key is parsed");
  return key;
}

describe("an RSA key", () => {
  test("is offered with SHA-256, whatever the server announces", async () => {
    const key = await offeredKey(false);
    expect(key.type).toBe("rsa-sha2-256");
    const data = Buffer.from("session and request");
    const signature = key.sign(data);
    if (signature instanceof Error) throw signature;
    expect(verify("sha256", data, createPublicKey(pair.privateKey), signature)).toBe(true);
    expect(key.getPublicSSH().toString("base64")).toBe(pair.publicKey.split(" ")[1]);
  });

  test("is offered with what the server announces, SHA-1 if it announces nothing, where the template allows SHA-1", async () => {
    expect((await offeredKey(true)).type).toBe("ssh-rsa");
  });
});
