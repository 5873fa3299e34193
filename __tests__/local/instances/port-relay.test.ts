import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { openPortRelay } from "../../../src/local/instances/port-relay.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "relay-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Returns a port that was just free. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  server.close();
  return typeof bound === "object" && bound ? bound.port : 0;
}

test("relays connections in both directions completely", async () => {
  const port = await freePort();
  const relay = await openPortRelay({
    address: "127.0.0.1",
    port,
    socketPath: join(folder, "s"),
    asRoot: [],
    neighbour: undefined,
    onConnection: (socket) => socket.pipe(socket),
  });
  const client = connect(port, "127.0.0.1");
  const data = Buffer.alloc(5_000_000, "abcdefg");
  client.write(data);
  let got = 0;
  for await (const piece of client) {
    got += (piece as Buffer).length;
    if (got === data.length) break;
  }
  expect(got).toBe(data.length);
  client.destroy();
  await relay.close();
  await expect(once(connect(port, "127.0.0.1"), "connect")).rejects.toThrow(/ECONNREFUSED/);
});

test("a relay with its own network needs no port of the host, and removes its links", async () => {
  const options = { port: 22, asRoot: [], onConnection: (socket: Socket) => socket.pipe(socket) };
  const [address, neighbour] = ["198.19.255.253", "198.19.255.252"];
  const relay = await openPortRelay({ ...options, address, neighbour, socketPath: join(folder, "s") });
  const client = connect(22, address);
  client.write("hello");
  const [echoed] = await once(client, "data");
  expect(String(echoed)).toBe("hello");
  const second = openPortRelay({ ...options, address, neighbour, socketPath: join(folder, "t") });
  await expect(second).rejects.toMatchObject({ code: "EADDRINUSE" });
  client.destroy();
  await relay.close();
  const again = await openPortRelay({ ...options, address, neighbour, socketPath: join(folder, "u") });
  await again.close();
});

test("a port in use is reported as EADDRINUSE", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  const port = typeof bound === "object" && bound ? bound.port : 0;
  const opening = openPortRelay({
    address: "127.0.0.1",
    port,
    socketPath: join(folder, "s"),
    asRoot: [],
    neighbour: undefined,
    onConnection: () => undefined,
  });
  await expect(opening).rejects.toMatchObject({ code: "EADDRINUSE" });
  server.close();
});

test("the error for a user without sudo has sudo's message", async () => {
  const opening = openPortRelay({
    address: "127.0.0.1",
    port: 22,
    socketPath: join(folder, "s"),
    asRoot: ["sh", "-c", "echo 'sudo: a password is required' >&2; exit 1", "sudo"],
    neighbour: undefined,
    onConnection: () => undefined,
  });
  await expect(opening).rejects.toThrow("Could not listen on 127.0.0.1 port 22: sudo: a password is required");
});
