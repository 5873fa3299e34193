import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect } from "@jest/globals";
import type { ClientChannel } from "ssh2";
import { openSshCommunicator, type SshCommunicator } from "../../src/communicators/ssh.js";
import type { Communicator, OutputStream } from "../../src/core/communicator.js";
import { generateKeyPair } from "../../src/ssh/keys/key-pair.js";
import { openSshProxy } from "../../src/ssh/proxy.js";
import { test } from "../ssh/openssh.js";
import { connectClient } from "../ssh/server/host-machine.js";
import { type Sshd, startSshd } from "../ssh/sshd.js";
import { communicatorOptions } from "./connect.js";

/** More than all windows and buffers on the way. */
const SIZE = 30_000_000;
const DIGEST = createHash("sha256").update(Buffer.alloc(SIZE)).digest("hex");

let sshd: Sshd;
let communicator: SshCommunicator;

beforeAll(async () => {
  sshd = await startSshd();
  communicator = await openSshCommunicator(communicatorOptions(sshd));
});
afterAll(async () => {
  await communicator.close();
  await sshd.stop();
});

/** A promise that the test resolves. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

test.each<OutputStream>(["stdout", "stderr"])("a reader of %s that is busy stops the command", async (stream) => {
  const hash = createHash("sha256");
  const busy = gate();
  const first = gate();
  let bytes = 0;
  const ran = communicator.exec(`head -c ${SIZE} /dev/zero ${stream === "stderr" ? ">&2" : ""}; exit 3`, {
    onOutput(chunk) {
      bytes += chunk.length;
      hash.update(chunk);
      first.open();
    },
    drained: () => busy.opened,
  });
  await first.opened;
  const before = bytes;
  for (let n = 0; n < 5; n++) await communicator.exec("true");
  expect(bytes).toBe(before);
  busy.open();
  expect(await ran).toEqual({ status: "exited", code: 3 });
  expect([bytes, hash.digest("hex")]).toEqual([SIZE, DIGEST]);
});

test("the proxy holds little of a command's output for a client that does not read", async () => {
  let bytes = 0;
  const counted: Communicator = {
    ...communicator,
    exec: (command, options) =>
      communicator.exec(command, {
        ...options,
        onOutput(chunk, stream) {
          bytes += chunk.length;
          options?.onOutput?.(chunk, stream);
        },
      }),
  };
  const login = await generateKeyPair("ed25519", { comment: "login" });
  const host = await generateKeyPair("ed25519", { comment: "host" });
  const proxy = await openSshProxy({
    communicator: counted,
    user: "builder",
    authorizedKey: login.publicKey,
    hostKey: host.privateKey,
    port: 0,
    sftpCommand: undefined,
  });
  const client = await connectClient({ port: proxy.port, user: "builder", privateKey: login.privateKey });
  const channel = await new Promise<ClientChannel>((resolve, reject) => {
    client.exec(`head -c ${SIZE} /dev/zero`, (error, opened) => (error ? reject(error) : resolve(opened)));
  });
  // The client's window is full when no more arrives during five commands on the machine.
  for (let before = -1; before !== bytes; ) {
    before = bytes;
    for (let n = 0; n < 5; n++) await communicator.exec("true");
  }
  expect(bytes).toBeLessThan(8_000_000);
  const hash = createHash("sha256");
  channel.on("data", (chunk: Buffer) => hash.update(chunk));
  await new Promise((resolve) => channel.once("close", resolve));
  expect(hash.digest("hex")).toBe(DIGEST);
  client.end();
  await proxy.close();
});
