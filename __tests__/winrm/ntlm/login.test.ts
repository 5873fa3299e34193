import { randomBytes } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { ntlmAcceptor } from "../../../src/winrm/ntlm/accept.js";
import { startNtlmLogin } from "../../../src/winrm/ntlm/login.js";
import { NTLM_FLAG, readChallenge, writeChallenge } from "../../../src/winrm/ntlm/messages.js";
import { openBody, sealBody } from "../../../src/winrm/wire/sealed-body.js";

const chance = { randomBytes, now: Date.UTC(2026, 0, 1) };
const login = (account = { domain: "", user: "Administrator", password: "secret" }) => startNtlmLogin(account, chance);
const acceptor = () => ntlmAcceptor("EC2AMAZ", (user) => (user === "Administrator" ? "secret" : undefined), chance);

function bothSides() {
  const [client, server] = [login(), acceptor()];
  const { message, sealer } = client.reply(server.challenge(client.negotiate));
  const accepted = server.accept(message);
  if (!sealer || !accepted.sealer) throw new Error("no sealer");
  return { client: sealer, server: accepted.sealer, user: accepted.user };
}

test("a login gives both sides the keys to encrypt messages", () => {
  const { client, server, user } = bothSides();
  expect(user).toBe("Administrator");
  for (const text of ["<one/>", "", "ä".repeat(5000)]) {
    expect(openBody(server, sealBody(client, Buffer.from(text))).toString()).toBe(text);
    expect(openBody(client, sealBody(server, Buffer.from(text))).toString()).toBe(text);
  }
});

test("several encrypted parts are one message", () => {
  const { client, server } = bothSides();
  const body = Buffer.concat([sealBody(client, Buffer.from("<a>")), sealBody(client, Buffer.from("</a>"))]);
  expect(openBody(server, body).toString()).toBe("<a></a>");
});

describe("a login is refused", () => {
  test.each([
    ["with a wrong password", { domain: "", user: "Administrator", password: "Secret" }, "wrong password"],
    ["of an unknown user", { domain: "", user: "Guest", password: "secret" }, "unknown user"],
  ])("%s", (_name, account, problem) => {
    const [client, server] = [login(account), acceptor()];
    const { message } = client.reply(server.challenge(client.negotiate));
    expect(() => server.accept(message)).toThrow(problem);
  });

  test("whose first message was changed on the way", () => {
    const [client, server] = [login(), acceptor()];
    const changed = Buffer.from(client.negotiate);
    changed.writeUInt32LE((changed.readUInt32LE(12) & ~NTLM_FLAG.bits56) >>> 0, 12);
    const { message } = client.reply(server.challenge(changed));
    expect(() => server.accept(message)).toThrow("integrity code");
  });

  test("without a challenge", () => {
    expect(() => acceptor().accept(Buffer.alloc(100))).toThrow("before its challenge");
  });
});

describe("a hostile challenge is refused", () => {
  const good = () => acceptor().challenge(login().negotiate);
  test.each([
    ["no NTLM", Buffer.from("hello")],
    ["an empty one", Buffer.alloc(0)],
    ["another type", login().negotiate],
    [
      "a field beyond the end",
      (() => {
        const b = good();
        b.writeUInt32LE(0xffff_fff0, 44);
        return b;
      })(),
    ],
    [
      "an attribute beyond the end",
      (() => {
        const b = good();
        b.writeUInt16LE(0xffff, b.length - 14);
        return b;
      })(),
    ],
    [
      "one without NTLMv2",
      writeChallenge({ ...readChallenge(good()), flags: NTLM_FLAG.unicode | NTLM_FLAG.ntlm }, "X"),
    ],
  ])("%s", (_name, challenge) => {
    expect(() => login().reply(challenge)).toThrow();
  });
});

test("a server that does not encrypt gives no sealer", () => {
  const client = login();
  const challenge = readChallenge(acceptor().challenge(client.negotiate));
  const weak = writeChallenge({ ...challenge, flags: (challenge.flags & ~NTLM_FLAG.seal) >>> 0 }, "X");
  expect(client.reply(weak).sealer).toBeUndefined();
});

describe("an encrypted body is refused", () => {
  const sealed = () => sealBody(bothSides().server, Buffer.from("<a/>"));
  test.each([
    ["of another session", sealed(), "signature"],
    ["that is cut", sealed().subarray(0, -30), "not complete"],
    ["without parts", Buffer.from("--Encrypted Boundary--\r\n"), "not encrypted"],
    ["that is plain XML", Buffer.from("<s:Envelope/>"), "not encrypted"],
    [
      "without a length",
      Buffer.from(sealed().toString("latin1").replace("Length=4", "Size=4"), "latin1"),
      "without its length",
    ],
    [
      "with a wrong length",
      Buffer.from(sealed().toString("latin1").replace("Length=4", "Length=999999999"), "latin1"),
      "not complete",
    ],
  ])("%s", (_name, body, problem) => {
    expect(() => openBody(bothSides().client, body)).toThrow(problem);
  });
});
