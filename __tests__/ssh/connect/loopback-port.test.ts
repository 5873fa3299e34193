import { once } from "node:events";
import { createConnection, createServer, type Server } from "node:net";
import type { Duplex } from "node:stream";
import { afterEach, expect, test } from "@jest/globals";
import { openLoopbackPort } from "../../../src/ssh/connect/loopback-port.js";

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

/** A server that greets, and returns what it receives. */
async function echo(): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.write("hello ");
    socket.pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  opened.push(server);
  const address = server.address();
  return { server, port: typeof address === "object" && address ? address.port : 0 };
}

const streamTo = (port: number) => async (): Promise<Duplex> => {
  const socket = createConnection(port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
};

async function portTo(open: (signal: AbortSignal) => Promise<Duplex>) {
  const lines: string[] = [];
  const port = await openLoopbackPort({ open, debug: (text) => lines.push(text()) });
  opened.push(port);
  return { port, lines };
}

/** Sends text, ends the connection, and returns all that comes back. */
async function exchange(port: number, text: string): Promise<string> {
  const socket = createConnection({ host: "127.0.0.1", port, allowHalfOpen: true });
  const parts: Buffer[] = [];
  socket.on("data", (part: Buffer) => parts.push(part));
  socket.on("error", () => undefined);
  socket.end(text);
  await once(socket, "close");
  return Buffer.concat(parts).toString();
}

test("joins several connections at a time with connections of their own, on loopback only", async () => {
  const { port } = await portTo(streamTo((await echo()).port));
  expect(port.host).toBe("127.0.0.1");
  const socket = createConnection(port.port, "127.0.0.1");
  const received = once(socket, "data").then(([part]) => String(part));
  expect(await received).toBe("hello ");
  const other = createConnection(port.port, "127.0.0.1");
  expect(String((await once(other, "data"))[0])).toBe("hello ");
  other.write("x");
  expect(String((await once(other, "data"))[0])).toBe("x");
  socket.write("y");
  expect(String((await once(socket, "data"))[0])).toBe("y");
});

test("closes a connection whose stream cannot be opened, and writes the reason to the debug log", async () => {
  const { port, lines } = await portTo(() => Promise.reject(new Error("i-1 is not connected")));
  expect(await exchange(port.port, "anything")).toBe("");
  expect(lines).toEqual(["SSH: a connection of a program could not be opened: i-1 is not connected"]);
});

test("closing it ends all connections, and those that are being opened", async () => {
  const { port } = await portTo(streamTo((await echo()).port));
  const socket = createConnection(port.port, "127.0.0.1");
  await once(socket, "data");
  socket.on("error", () => undefined);
  const ended = once(socket, "close");
  await port.close();
  await ended;
  const aborted: unknown[] = [];
  let begun: () => void = () => undefined;
  const begins = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const slow = await portTo(
    (signal) =>
      new Promise((_, reject) => {
        begun();
        signal.addEventListener("abort", () => {
          aborted.push(signal.reason);
          reject(signal.reason);
        });
      }),
  );
  const waiting = createConnection(slow.port.port, "127.0.0.1").on("error", () => undefined);
  await begins;
  await slow.port.close();
  expect(aborted).toEqual([expect.objectContaining({ message: "The port was closed" })]);
  waiting.destroy();
});

test("a program that leaves is not connected any more", async () => {
  let left: unknown;
  let begun: () => void = () => undefined;
  const begins = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const gone = new Promise<void>((resolve) => {
    void portTo(
      (signal) =>
        new Promise((_, reject) => {
          begun();
          signal.addEventListener("abort", () => {
            left = signal.reason;
            reject(signal.reason);
            resolve();
          });
        }),
    ).then(async ({ port }) => {
      const socket = createConnection(port.port, "127.0.0.1");
      await begins;
      socket.destroy();
    });
  });
  await gone;
  expect(left).toMatchObject({ message: "The program closed its connection" });
});
