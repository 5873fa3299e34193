import { afterEach, expect, test } from "@jest/globals";
import ssh2, { type AuthContext, type ServerChannel } from "ssh2";
import { openSshCommunicator } from "../../src/communicators/ssh.js";
import { generateKeyPair } from "../../src/ssh/keys/key-pair.js";
import { communicatorOptions } from "../communicators/connect.js";
import { credentialsOf } from "./targets.js";

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

type OnCommand = (reply: { accept(): ServerChannel; refuse(): void; disconnect(): void }) => void;

/** Starts a server that logs everybody in. Returns a connected communicator, and the commands that the server received. */
async function connected(onCommand: OnCommand) {
  const key = await generateKeyPair("ed25519", { comment: "host" });
  const received: string[] = [];
  const clients = new Set<ssh2.Connection>();
  const server = new ssh2.Server({ hostKeys: [key.privateKey] }, (client) => {
    clients.add(client);
    client.on("error", () => undefined);
    client.on("authentication", (context: AuthContext) => context.accept());
    client.on("session", (acceptSession) => {
      acceptSession().on("exec", (accept, refuse, { command }) => {
        if (command.trim() === "exit 0") {
          const channel = accept();
          channel.exit(0);
          channel.end();
          return;
        }
        received.push(command.trim());
        onCommand({ accept, refuse, disconnect: () => client.end() });
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const credentials = credentialsOf({ user: "ubuntu", password: "secret" });
  const login = { port, user: "ubuntu", keyFile: "" };
  const communicator = await openSshCommunicator(communicatorOptions(login, {}, { credentials }));
  stops.push(async () => {
    await communicator.close();
    for (const client of clients) client.end();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { communicator, received };
}

test("a command whose start the server did not confirm before the connection was lost is not run again", async () => {
  const { communicator, received } = await connected(({ disconnect }) => disconnect());
  await expect(communicator.exec("apply-once")).resolves.toMatchObject({ status: "disconnected" });
  expect(received).toEqual(["apply-once"]);
});

test("a command that the server refuses to start is tried on another connection, because nothing ran", async () => {
  let refusals = 0;
  const { communicator, received } = await connected(({ accept, refuse }) => {
    if (refusals++ === 0) return refuse();
    const channel = accept();
    channel.exit(3);
    channel.end();
  });
  await expect(communicator.exec("apply-once")).resolves.toEqual({ status: "exited", code: 3 });
  expect(received).toEqual(["apply-once", "apply-once"]);
});
