import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import { tunnelStream } from "../../src/tunnels/endpoint-tunnel.js";
import { acceptWebSocket, dialWebSocket, type MessageSocket } from "../../src/tunnels/websocket.js";

const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0).reverse()) close();
});

/** Connects to a server that calls `onOpen` with each websocket, in the same write as its response. */
async function tunnelTo(onOpen: (socket: MessageSocket) => void) {
  const server = createServer().on("upgrade", (request, socket, head) => {
    socket.cork();
    acceptWebSocket({ request, socket, head }, onOpen);
    socket.uncork();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => server.close());
  const url = new URL(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/openTunnel`);
  const signal = new AbortController().signal;
  const stream = tunnelStream(await dialWebSocket(url, { headers: {}, timeout: 5000, agent: undefined, signal }));
  closing.push(() => stream.destroy());
  return stream;
}

test("a server whose greeting arrives together with the response to the upgrade is heard", async () => {
  const stream = await tunnelTo((socket) => socket.send(Buffer.from("SSH-2.0-quick\r\n")));
  expect(String((await once(stream, "data"))[0])).toBe("SSH-2.0-quick\r\n");
});

test("a tunnel that is closed together with the response to the upgrade ends with the code", async () => {
  const stream = await tunnelTo((socket) => socket.close(1011));
  stream.resume();
  expect(String((await once(stream, "error"))[0])).toBe("Error: EC2 Instance Connect closed the tunnel (code 1011)");
});

test.each([
  ["a message of more than 4 MiB", (socket: MessageSocket) => socket.send(Buffer.alloc(4 * 1024 * 1024 + 1))],
  [
    "messages of 5 MiB without an end",
    (socket: MessageSocket) => {
      for (let count = 0; count < 20; count++) socket.send(Buffer.alloc(5 * 1024 * 1024));
    },
  ],
])("a server that sends %s ends the tunnel with the limit, and nothing of it is passed on", async (_, send) => {
  const stream = await tunnelTo(send);
  let passed = 0;
  stream.on("data", (chunk: Buffer) => {
    passed += chunk.length;
  });
  expect(String((await once(stream, "error"))[0])).toBe(
    "Error: EC2 Instance Connect sent a message of more than 4 MiB",
  );
  expect(passed).toBe(0);
});
