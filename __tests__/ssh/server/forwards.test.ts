import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer, connect as netConnect, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, afterEach, beforeAll, expect } from "@jest/globals";
import type { Client } from "ssh2";
import type { Connection } from "../../../src/ssh/connect/connection.js";
import { openLocalTunnel, openRemoteTunnels } from "../../../src/ssh/connect/tunnels.js";
import { temporaryFolder } from "../../support/folder.js";
import { describe, test } from "../openssh.js";
import { freePort, type Sshd, startSshd } from "../sshd.js";
import { connectClient, type HostMachine, startHostMachine } from "./host-machine.js";

const folder = temporaryFolder("forwards");
/** More than the windows and buffers of all parts on the way. */
const CONTENT = Buffer.concat(Array.from({ length: 9 }, () => randomBytes(1 << 20)));
const DIGEST = digestOf(CONTENT);

let machine: HostMachine;
let sshd: Sshd;
let client: Client | undefined;
let server: Server | undefined;
let tunnel: { close(): Promise<void> } | undefined;

beforeAll(async () => {
  machine = await startHostMachine();
  sshd = await startSshd();
});

afterAll(async () => {
  await machine.close();
  await sshd.stop();
});

afterEach(async () => {
  await tunnel?.close();
  client?.end();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  [tunnel, client, server] = [undefined, undefined, undefined];
});

function digestOf(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Starts a server behind the forward. */
async function listen(onSocket: (socket: Socket) => void): Promise<number> {
  server = createServer({ allowHalfOpen: true }, onSocket);
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

/** Reads a stream with a pause after each chunk. */
async function readSlowly(stream: Readable): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    pieces.push(piece);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return Buffer.concat(pieces);
}

/** Opens a forward to a local port; returns the port that it listens on. */
async function forward(kind: "local" | "remote", to: "own" | "OpenSSH", hostPort: number): Promise<number> {
  client = await connectClient(to === "own" ? machine : sshd);
  const connection = { client } as Connection;
  const bindPort = await freePort();
  const asked = { bindPort, host: "127.0.0.1", hostPort };
  if (kind === "remote") await openRemoteTunnels([asked], connection);
  else tunnel = await openLocalTunnel(asked, () => connection);
  return bindPort;
}

describe.each([
  ["local", "own"],
  ["local", "OpenSSH"],
  ["remote", "own"],
  ["remote", "OpenSSH"],
] as const)("a %s forward with the %s server", (kind, to) => {
  test("a response that starts after the end of the request is complete", async () => {
    const port = await listen(async (socket) => {
      const received = digestOf(await readSlowly(socket));
      socket.end(Buffer.concat([Buffer.from(received), CONTENT]));
    });
    const socket = netConnect({ port: await forward(kind, to, port), host: "127.0.0.1", allowHalfOpen: true });
    socket.end(CONTENT);
    const response = await readSlowly(socket);
    expect([response.subarray(0, 64).toString(), digestOf(response.subarray(64))]).toEqual([DIGEST, DIGEST]);
  });

  test("a request that ends after the response is complete", async () => {
    let received: Promise<Buffer> | undefined;
    const port = await listen((socket) => {
      socket.end("early");
      received = readSlowly(socket);
    });
    const socket = netConnect({ port: await forward(kind, to, port), host: "127.0.0.1", allowHalfOpen: true });
    expect((await readSlowly(socket)).toString()).toBe("early");
    socket.end(CONTENT);
    expect(digestOf((await received) ?? Buffer.alloc(0))).toBe(DIGEST);
  });

  test("the data of a server that closes at once is complete", async () => {
    const port = await listen((socket) => {
      socket.resume();
      socket.end(CONTENT, () => socket.destroySoon());
    });
    const socket = netConnect({ port: await forward(kind, to, port), host: "127.0.0.1" });
    expect(digestOf(await readSlowly(socket))).toBe(DIGEST);
  });
});

test("OpenSSH's client sends its input through, then receives the response", async () => {
  writeFileSync(join(folder(), "key"), machine.privateKey, { mode: 0o600 });
  const port = await listen(async (socket) => {
    socket.end(Buffer.concat([Buffer.from(digestOf(await readSlowly(socket))), CONTENT]));
  });
  const options = ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"];
  const child = spawn(
    "ssh",
    [
      ...["-F", "none", "-i", join(folder(), "key"), "-p", String(machine.port)],
      ...options.flatMap((option) => ["-o", option]),
      ...["-W", `127.0.0.1:${port}`, "builder@127.0.0.1"],
    ],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  Readable.from([CONTENT]).pipe(child.stdin);
  const response = await readSlowly(child.stdout);
  expect([response.subarray(0, 64).toString(), digestOf(response.subarray(64))]).toEqual([DIGEST, DIGEST]);
});
