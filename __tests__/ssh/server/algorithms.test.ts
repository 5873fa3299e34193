import { connect, createServer } from "node:net";
import { expect, test } from "@jest/globals";
import type { ServerAlgorithms } from "../../../src/ssh/connect/no-common-algorithm.js";
import { readServerHello } from "../../../src/ssh/connect/server-hello.js";
import { generateKeyPair } from "../../../src/ssh/keys/key-pair.js";
import { openSshServer } from "../../../src/ssh/server/server.js";

/** Returns what a server of this project offers. */
async function offered(type: "ecdsa" | "ed25519"): Promise<ServerAlgorithms> {
  const server = openSshServer({
    hostKey: (await generateKeyPair(type, { comment: "host" })).privateKey,
    address: "127.0.0.1",
    forwards: "refused",
    host: { findLogin: async () => undefined, run: () => Promise.reject(new Error("no command runs")) },
  });
  const listener = createServer((socket) => server.serve(socket));
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const address = listener.address();
  const socket = connect(typeof address === "object" && address ? address.port : 0, "127.0.0.1");
  const hello = readServerHello(socket, () => socket.destroy());
  socket.write("SSH-2.0-test\r\n");
  while (!hello.algorithms() && !socket.destroyed) await new Promise((resolve) => socket.once("data", resolve));
  socket.destroy();
  await new Promise((resolve) => listener.close(resolve));
  const algorithms = hello.algorithms();
  if (!algorithms) throw new Error("the server offered nothing");
  return algorithms;
}

test.each([
  ["ecdsa", ["ecdsa-sha2-nistp384"]],
  ["ed25519", ["ssh-ed25519"]],
] as const)("a server with a host key of type %s offers no SHA-1, MD5 or CBC", async (type, hostKeys) => {
  const { ciphers, keyExchanges, macs, hostKeys: signatures } = await offered(type);
  expect(signatures).toEqual(hostKeys);
  const names = [...ciphers, ...keyExchanges, ...macs];
  expect(names.length).toBeGreaterThan(15);
  expect(names.filter((name) => /sha1|md5|cbc|^ssh-rsa$/.test(name))).toEqual([]);
});
