import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Client, ClientChannel } from "ssh2";
import { connectClient, type HostMachine, startHostMachine } from "./host-machine.js";

let machine: HostMachine;
let client: Client;

beforeEach(async () => {
  machine = await startHostMachine();
  client = await connectClient(machine);
});

afterEach(async () => {
  client.destroy();
  await machine.close();
});

function run(command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => (error ? reject(error) : resolve(channel)));
  });
}

/** Waits until a command got a signal, within the test's time limit. */
async function signalled(): Promise<readonly string[]> {
  while (machine.signals.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  return machine.signals;
}

test.each<[string, (channel: ClientChannel) => void]>([
  ["closes its session", (channel) => channel.close()],
  ["loses its connection", () => client.destroy()],
])("a client that %s ends its command, also when its input is not read", async (_name, leave) => {
  const channel = await run("echo began; exec sleep 300");
  channel.write(Buffer.alloc(1 << 20));
  await new Promise((resolve) => channel.once("data", resolve));
  leave(channel);
  expect(await signalled()).toEqual(["HUP"]);
});

test("a command that never reads its input ends by itself, with its exit status", async () => {
  const channel = await run("sleep 0.1; echo over; exit 4");
  channel.write(Buffer.alloc(4 << 20));
  let code: number | undefined;
  channel.on("exit", (status: number) => {
    code = status;
  });
  channel.resume();
  await new Promise((resolve) => channel.once("close", resolve));
  expect([code, machine.signals]).toEqual([4, []]);
});
