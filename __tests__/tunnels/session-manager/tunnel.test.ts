import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { afterEach, describe, expect, test } from "@jest/globals";
import { type Clock, systemClock } from "../../../src/core/clock.js";
import { noDebug } from "../../../src/core/debug.js";
import { decodeMessage, encodeMessage, MESSAGE, PAYLOAD } from "../../../src/tunnels/session-manager/message.js";
import { type SessionTunnel, sessionTunnel } from "../../../src/tunnels/session-manager/tunnel.js";
import { type SessionServer, startEcho, startGreeter, startSessionServer, type Trouble } from "./session-server.js";

const opened: { close(): unknown }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

async function tunnelTo(
  trouble: Trouble = {},
  properties?: Readonly<Record<string, string>>,
): Promise<{ readonly tunnel: SessionTunnel; readonly server: SessionServer }> {
  const echo = await startEcho();
  const server = await startSessionServer(echo.port, trouble, properties);
  const tunnel = tunnelOf(server);
  opened.push(echo, server, tunnel);
  return { tunnel, server };
}

/** Returns a tunnel of a server. */
function tunnelOf(server: SessionServer, access = server.access): SessionTunnel {
  return sessionTunnel({ access, clock: systemClock, debug: noDebug, port: 22, dial: server.dial });
}

const never = new AbortController().signal;

/** Sends bytes and resolves with the digest of as many that come back. */
async function echoed(stream: Duplex, bytes: Buffer): Promise<string> {
  const hash = createHash("sha256");
  let left = bytes.length;
  const done = new Promise<void>((resolve, reject) => {
    const onData = (chunk: Buffer) => {
      hash.update(chunk);
      left -= chunk.length;
      if (left > 0) return;
      stream.removeListener("data", onData);
      resolve();
    };
    stream.on("data", onData);
    stream.once("error", reject);
    stream.once("end", () => reject(new Error("the stream ended early")));
  });
  for (let at = 0; at < bytes.length; at += 50_000) {
    if (!stream.write(bytes.subarray(at, at + 50_000))) await once(stream, "drain");
  }
  await done;
  return hash.digest("hex");
}

const digestOf = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

describe("a transfer through Session Manager is complete", () => {
  test.each<[string, Trouble, Readonly<Record<string, string>> | undefined]>([
    ["over a good connection", {}, undefined],
    ["as one connection, as old agents and AWS-StartSSHSession forward", {}, {}],
    ["when the connection breaks after every 50th message", { dropEvery: 50 }, undefined],
    [
      "when every 40th message of the client is lost",
      { loses: (way, nth) => way === "up" && nth % 40 === 0 },
      undefined,
    ],
    [
      "when every 40th message of the agent is lost",
      { loses: (way, nth) => way === "down" && nth % 40 === 0 },
      undefined,
    ],
    ["encrypted with a KMS key", { dataKey: randomBytes(64) }, undefined],
    ["encrypted, as one connection", { dataKey: randomBytes(64) }, {}],
    ["encrypted, when the connection breaks", { dataKey: randomBytes(64), dropEvery: 50 }, undefined],
  ])("%s", async (_name, trouble, properties) => {
    const { tunnel } = await tunnelTo(trouble, properties);
    const bytes = randomBytes(trouble.loses || trouble.dropEvery ? 100_000 : 3_000_000);
    expect(await echoed(await tunnel.connect(never), bytes)).toBe(digestOf(bytes));
  });

  test("with several connections over one session", async () => {
    const { tunnel, server } = await tunnelTo();
    const streams = [await tunnel.connect(never), await tunnel.connect(never), await tunnel.connect(never)];
    const bytes = streams.map(() => randomBytes(300_000));
    const digests = await Promise.all(streams.map((stream, at) => echoed(stream, bytes[at] ?? Buffer.alloc(0))));
    expect(digests).toEqual(bytes.map(digestOf));
    expect(server.counts.started).toBe(1);
  });
});

describe("a session that is encrypted with a KMS key", () => {
  test("carries no data in the clear", async () => {
    const seen: Buffer[] = [];
    const damages = (bytes: Buffer) => {
      seen.push(bytes);
      return bytes;
    };
    const { tunnel } = await tunnelTo({ dataKey: randomBytes(64), damages }, {});
    const secret = Buffer.from("this must not be readable ".repeat(100));
    await echoed(await tunnel.connect(never), secret);
    expect(Buffer.concat(seen).includes("must not be readable")).toBe(false);
    const clear: Buffer[] = [];
    const plain = await tunnelTo(
      {
        damages: (bytes) => {
          clear.push(bytes);
          return bytes;
        },
      },
      {},
    );
    await echoed(await plain.tunnel.connect(never), secret);
    expect(Buffer.concat(clear).includes("must not be readable")).toBe(true);
  });

  test("ends when the agent's data was changed on the way", async () => {
    const damages = (bytes: Buffer) => {
      const message = decodeMessage(bytes);
      if (message.payloadType !== PAYLOAD.output || message.type !== MESSAGE.output) return bytes;
      const payload = Buffer.from(message.payload);
      payload[20] = (payload[20] ?? 0) ^ 1;
      return encodeMessage({ ...message, payload }, Date.now());
    };
    const { tunnel } = await tunnelTo({ dataKey: randomBytes(64), damages }, {});
    await expect(echoed(await tunnel.connect(never), Buffer.from("text"))).rejects.toThrow(
      "Data of the session could not be decrypted",
    );
  });

  test("is not opened without a data key, and the agent gets the reason", async () => {
    const { server } = await tunnelTo({ dataKey: randomBytes(64) });
    const failing = { ...server.access, dataKey: () => Promise.reject(new Error("not authorized")) };
    await expect(tunnelOf(server, failing).connect(never)).rejects.toThrow("not authorized");
  });

  test("says why the agent ended it when it cannot decrypt the data key", async () => {
    const { server } = await tunnelTo({ dataKey: randomBytes(64) });
    const other = { ...server.access, dataKey: async () => ({ plaintext: randomBytes(64), ciphertext: "other" }) };
    await expect(tunnelOf(server, other).connect(never)).rejects.toThrow(
      'Session Manager closed the session: "The data key of the session could not be decrypted"',
    );
  });
});

test("a server that speaks first is heard, although its words arrive together with the end of the handshake", async () => {
  const greeter = await startGreeter("SSH-2.0-test\r\n");
  // The service's start, the request, an acknowledgement, and then the end of the handshake.
  const server = await startSessionServer(greeter.port, { holds: 4 }, {});
  const tunnel = tunnelOf(server);
  opened.push(greeter, server, tunnel);
  const [greeting] = await once(await tunnel.connect(never), "data");
  expect(String(greeting)).toBe("SSH-2.0-test\r\n");
});

describe("the life of a session", () => {
  test("a session that was ended is replaced by the next connection", async () => {
    const { tunnel, server } = await tunnelTo();
    const first = await tunnel.connect(never);
    const failed = once(first, "error");
    server.endSessions("Ended by an administrator\n\u001b[31m");
    expect(String((await failed)[0])).toBe('Error: Session Manager closed the session: "Ended by an administrator"');
    expect(await echoed(await tunnel.connect(never), Buffer.from("again"))).toBe(digestOf(Buffer.from("again")));
    expect(server.counts.started).toBe(2);
  });

  test("a session whose instance is gone is not used for another connection", async () => {
    const { tunnel, server } = await tunnelTo();
    const first = await tunnel.connect(never);
    first.on("error", () => undefined);
    server.fallSilent();
    // The next session finds no agent either, and nothing is heard of it.
    const cancelled = new AbortController();
    const second = tunnel.connect(cancelled.signal);
    await new Promise((resolve) => first.once("close", resolve));
    cancelled.abort(new Error("cancelled by the test"));
    await expect(second).rejects.toThrow("cancelled by the test");
    expect(server.counts.started).toBe(2);
  });

  /** A clock whose time passes eight times as fast. */
  const fast: Clock = {
    now: () => systemClock.now() * 8,
    sleep: (ms, signal) => systemClock.sleep(ms / 8, signal),
  };

  async function fastTunnel(properties?: Readonly<Record<string, string>>) {
    const echo = await startEcho();
    const server = await startSessionServer(echo.port, {}, properties);
    const tunnel = sessionTunnel({ access: server.access, clock: fast, debug: noDebug, port: 22, dial: server.dial });
    opened.push(echo, server, tunnel);
    return { server, tunnel };
  }

  test("a session of an instance that has restarted ends as soon as the new agent takes another one", async () => {
    const { server, tunnel } = await fastTunnel();
    const first = await tunnel.connect(never);
    expect(await echoed(first, Buffer.from("before"))).toBe(digestOf(Buffer.from("before")));
    server.restart();
    const began = fast.now();
    first.write("nobody acknowledges this");
    const [error] = await once(first, "error");
    expect(String(error)).toBe("Error: The instance has restarted");
    expect(fast.now() - began).toBeLessThan(60_000);
    expect(await echoed(await tunnel.connect(never), Buffer.from("after"))).toBe(digestOf(Buffer.from("after")));
    expect(server.counts.started).toBe(2);
  });

  test("this holds for each of the sessions of an old agent, which has one for each connection", async () => {
    const { server, tunnel } = await fastTunnel({});
    const first = await tunnel.connect(never);
    const second = await tunnel.connect(never);
    second.destroy();
    server.restart();
    const began = fast.now();
    first.write("nobody acknowledges this");
    expect(String((await once(first, "error"))[0])).toBe("Error: The instance has restarted");
    expect(fast.now() - began).toBeLessThan(60_000);
    expect(await echoed(await tunnel.connect(never), Buffer.from("after"))).toBe(digestOf(Buffer.from("after")));
  });

  test("a session goes on whose agent is silent for a while and then takes it up again", async () => {
    const { server, tunnel } = await fastTunnel();
    const stream = await tunnel.connect(never);
    server.restart();
    const bytes = randomBytes(20_000);
    const back = echoed(stream, bytes);
    // The other session is started after 20 s of silence.
    while (server.counts.started < 2) await fast.sleep(100);
    server.recover();
    expect(await back).toBe(digestOf(bytes));
    await fast.sleep(10_000);
    const again = Buffer.from("still the same connection");
    expect(await echoed(stream, again)).toBe(digestOf(again));
  });

  test("a connection in between is kept when it breaks while nothing is sent", async () => {
    const { tunnel, server } = await tunnelTo();
    const stream = await tunnel.connect(never);
    expect(await echoed(stream, Buffer.from("before"))).toBe(digestOf(Buffer.from("before")));
    server.drop();
    expect(await echoed(stream, Buffer.from("after"))).toBe(digestOf(Buffer.from("after")));
    expect(server.counts).toEqual({ started: 1, resumed: 1 });
  });

  test("the connection ends with an error that names the port when the agent cannot reach it", async () => {
    const server = await startSessionServer(1);
    const tunnel = tunnelOf(server);
    opened.push(server, tunnel);
    const stream = await tunnel.connect(never);
    const [error] = await once(stream, "error");
    expect(String(error)).toBe("Error: The SSM agent could not connect to port 22 of the instance");
  });

  test("connections through an old agent have a session each, and end with the tunnel", async () => {
    const { tunnel, server } = await tunnelTo({}, {});
    const first = await tunnel.connect(never);
    const second = await tunnel.connect(never);
    expect(await Promise.all([first, second].map((stream) => echoed(stream, Buffer.from("both"))))).toEqual(
      Array(2).fill(digestOf(Buffer.from("both"))),
    );
    expect(server.counts.started).toBe(2);
    const ends = [first, second].map((stream) => once(stream, "close"));
    for (const stream of [first, second]) stream.on("error", () => undefined);
    tunnel.close();
    await Promise.all(ends);
  });

  test("a connection through an old agent fails with its reason when the port is closed", async () => {
    const server = await startSessionServer(1, {}, {});
    const tunnel = tunnelOf(server);
    opened.push(server, tunnel);
    const stream = await tunnel.connect(never);
    const [error] = await once(stream, "error");
    expect(String(error)).toMatch(
      /Session Manager closed the session: "Unable to connect to specified port: .*connect ECONNREFUSED/,
    );
  });

  test("the error of StartSession is passed on", async () => {
    const { tunnel, server } = await tunnelTo();
    const failing = tunnelOf(server, {
      ...server.access,
      start: () => Promise.reject(new Error("TargetNotConnected")),
    });
    await expect(failing.connect(never)).rejects.toThrow("TargetNotConnected");
    tunnel.close();
  });
});
