import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { connectClient, type HostMachine, startHostMachine } from "./host-machine.js";

let machine: HostMachine;
let relay: Server | undefined;

beforeEach(async () => {
  machine = await startHostMachine();
});

afterEach(async () => {
  relay?.close();
  relay = undefined;
  await machine.close();
});

/** Writes the pieces one after the other, each in a packet of its own. */
async function writePieces(socket: Socket, pieces: Iterable<Buffer>): Promise<void> {
  for (const piece of pieces) {
    await new Promise((written) => socket.write(piece, written));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Starts a relay that sends the first bytes of the client in pieces of a size. Returns its port. */
async function relayInPieces(size: number, divided: number): Promise<number> {
  const listener = createServer((client) => {
    const server = connect({ host: "127.0.0.1", port: machine.port, noDelay: true });
    for (const socket of [client, server]) socket.on("error", () => undefined);
    server.pipe(client);
    client.once("close", () => server.destroy());
    let last = Promise.resolve();
    let count = 0;
    client.on("data", (chunk: Buffer) => {
      const pieces: Buffer[] = [];
      while (chunk.length > 0) {
        const length = count < divided ? size : chunk.length;
        pieces.push(chunk.subarray(0, length));
        count += length;
        chunk = chunk.subarray(length);
      }
      last = last.then(() => writePieces(server, pieces));
    });
  });
  relay = listener;
  await new Promise<void>((listening) => listener.listen(0, "127.0.0.1", listening));
  return (listener.address() as AddressInfo).port;
}

describe("a client whose first bytes arrive in pieces logs in", () => {
  test.each([
    ["one byte at a time, the identification", 1, 40],
    ["one byte at a time, all up to the login", 1, 3000],
    ["in pieces of three bytes", 3, 3000],
    ["in pieces of seven bytes", 7, 3000],
  ])("%s", async (_, size, divided) => {
    const port = await relayInPieces(size, divided);
    const client = await connectClient({ port, user: machine.user, privateKey: machine.privateKey });
    client.destroy();
  });
});

/** Sends a text to the server, one byte at a time. Returns all that it sends until it ends the connection. */
async function answerTo(text: string): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port: machine.port, noDelay: true });
  socket.on("error", () => undefined);
  let received = "";
  socket.on("data", (chunk: Buffer) => {
    received += chunk.toString("latin1");
  });
  const closed = new Promise((resolve) => socket.once("close", resolve));
  await writePieces(
    socket,
    [...Buffer.from(text)].map((byte) => Buffer.of(byte)),
  );
  await closed;
  return received;
}

describe("a client is not served", () => {
  test.each([
    ["that sends a line of text first", "hello\r\nSSH-2.0-x\r\n"],
    ["that speaks another protocol", "GET / HTTP/1.1\r\n"],
    ["that has version 1", "SSH-1.5-x\r\n"],
    ["whose first line has no end", "SSH-2.0-".padEnd(255, "x")],
    ["whose first line is too long", `${"SSH-2.0-".padEnd(254, "x")}\r\n`],
  ])("%s", async (_, text) => {
    expect(await answerTo(text)).toMatch(/^SSH-2\.0-bake-ami\r\n/);
  });
});

test("the server identifies itself before the client does", async () => {
  const socket = connect({ host: "127.0.0.1", port: machine.port });
  const first = await new Promise((resolve) => socket.once("data", resolve));
  socket.destroy();
  expect(String(first)).toMatch(/^SSH-2\.0-bake-ami\r\n/);
});
