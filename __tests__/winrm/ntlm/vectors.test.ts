import { describe, expect, test } from "@jest/globals";
import { md4 } from "../../../src/winrm/ntlm/md4.js";
import { AV_ID, NTLM_FLAG, utf16, writeAttributes } from "../../../src/winrm/ntlm/messages.js";
import { fileTime, lmProofOf, passwordKey, proofOf } from "../../../src/winrm/ntlm/proof.js";
import { rc4 } from "../../../src/winrm/ntlm/rc4.js";
import { ntlmSealer } from "../../../src/winrm/ntlm/seal.js";

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ""), "hex");

test.each([
  ["", "31d6cfe0d16ae931b73c59d7e0c089c0"],
  ["a", "bde52cb31de33e46245e05fbdbd6fb24"],
  ["abc", "a448017aaf21d8525fc10ae87aa6729d"],
  ["message digest", "d9130a8164549fe818874806e1c7014b"],
  ["abcdefghijklmnopqrstuvwxyz", "d79e1c308aa5bbcdeea8ed63df412da9"],
  ["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "043f8582f241db351ce627e153e7f0e4"],
  ["1234567890".repeat(8), "e33b4ddc9c38f2199c3e7b164fcc0536"],
])("MD4 of %j is that of RFC 1320 §A.5", (text, digest) => {
  expect(md4(Buffer.from(text)).toString("hex")).toBe(digest);
});

test.each([
  ["0102030405", "b2396305f03dc027ccc3524a0a1118a8"],
  ["01020304050607", "293f02d47f37c9b633f2af5285feb46b"],
  ["0102030405060708090a0b0c0d0e0f10", "9ac7cc9a609d1ef7b2932899cde41b97"],
])("RC4 with the key %s is that of RFC 6229 §2, in pieces too", (key, stream) => {
  expect(rc4(hex(key))(Buffer.alloc(16)).toString("hex")).toBe(stream);
  const cipher = rc4(hex(key));
  expect(Buffer.concat([cipher(Buffer.alloc(5)), cipher(Buffer.alloc(11))]).toString("hex")).toBe(stream);
});

describe("NTLMv2 ([MS-NLMP] §4.2.4)", () => {
  const serverChallenge = hex("0123456789abcdef");
  const clientChallenge = hex("aaaaaaaaaaaaaaaa");
  const sessionKey = Buffer.alloc(16, 0x55);
  const key = passwordKey({ user: "User", domain: "Domain", password: "Password" });
  const targetInfo = writeAttributes(
    new Map([
      [AV_ID.domainName, utf16("Domain")],
      [AV_ID.computerName, utf16("Server")],
    ]),
  );
  const { ntResponse, baseKey } = proofOf(key, { serverChallenge, clientChallenge, time: Buffer.alloc(8), targetInfo });
  /** §4.2.4: the flags of the example. */
  const flags = 0xe28a8233;

  test("the key of the password is NTOWFv2 of §4.2.4.1.1", () => {
    expect(key.toString("hex")).toBe("0c868a403bfd7a93a3001ef22ef02e3f");
  });

  test("the session base key is that of §4.2.4.1.2", () => {
    expect(baseKey.toString("hex")).toBe("8de40ccadbc14a82f15cb0ad0de95ca3");
  });

  test("the responses are those of §4.2.4.2", () => {
    expect(lmProofOf(key, serverChallenge, clientChallenge).toString("hex")).toBe(
      "86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa",
    );
    expect(ntResponse.subarray(0, 16).toString("hex")).toBe("68cd0ab851e51c96aabc927bebef6a1c");
  });

  test("the encrypted session key is that of §4.2.4.2.3", () => {
    expect(rc4(baseKey)(sessionKey).toString("hex")).toBe("c5dad2544fc9799094ce1ce90bc9d03e");
  });

  test("a sealed message is that of §4.2.4.4", () => {
    const { sealed, signature } = ntlmSealer("client", sessionKey, flags).seal(utf16("Plaintext"));
    expect(sealed.toString("hex")).toBe("54e50165bf1936dc996020c1811b0f06fb5f");
    expect(signature.toString("hex")).toBe("010000007fb38ec5c55d497600000000");
  });

  test.each([
    ["with 128 bits and a key exchange", flags],
    ["with 128 bits without a key exchange", (flags & ~NTLM_FLAG.keyExchange) >>> 0],
    ["with 56 bits", (flags & ~NTLM_FLAG.bits128) >>> 0],
    ["with 40 bits", (flags & ~NTLM_FLAG.bits128 & ~NTLM_FLAG.bits56) >>> 0],
  ])("both sides read each other's messages in order, %s", (_name, given) => {
    const client = ntlmSealer("client", sessionKey, given);
    const server = ntlmSealer("server", sessionKey, given);
    for (const text of ["first", "", "x".repeat(70_000)]) {
      expect(server.open(client.seal(Buffer.from(text))).toString()).toBe(text);
      expect(client.open(server.seal(Buffer.from(text))).toString()).toBe(text);
    }
  });

  test("a changed message and a repeated one are refused", () => {
    const client = ntlmSealer("client", sessionKey, flags);
    const message = client.seal(Buffer.from("hello"));
    const changed = { ...message, sealed: Buffer.from(message.sealed).fill(0, 0, 1) };
    expect(() => ntlmSealer("server", sessionKey, flags).open(changed)).toThrow("signature");
    const server = ntlmSealer("server", sessionKey, flags);
    server.open(message);
    expect(() => server.open(message)).toThrow("signature");
  });
});

test("a time is counted from 1601", () => {
  expect(fileTime(0).readBigUInt64LE()).toBe(116_444_736_000_000_000n);
});
