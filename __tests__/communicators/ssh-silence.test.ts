import { connect, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { openSshCommunicator } from "../../src/communicators/ssh.js";
import { runChecked } from "../../src/provisioners/run-remote.js";
import { provisionerContext } from "../provisioners/provision.js";
import { describe, test } from "../ssh/openssh.js";
import { freePort, type Sshd, startSshd } from "../ssh/sshd.js";
import { communicatorOptions } from "./connect.js";

let sshd: Sshd;
let proxy: Server;
let port: number;
const sockets = new Set<Socket>();

beforeAll(async () => {
  sshd = await startSshd();
  port = await freePort();
  proxy = createServer((near) => {
    const far = connect(sshd.port, "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => sockets.delete(socket));
    }
    near.on("data", (data) => far.write(data));
    far.on("data", (data) => near.write(data));
    near.on("end", () => far.end());
    far.on("end", () => near.end());
  });
  await new Promise<void>((resolve) => proxy.listen(port, "127.0.0.1", resolve));
});

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => proxy.close(resolve));
  await sshd.stop();
});

/** The network transports nothing, but no connection is closed. */
function silence(): void {
  for (const socket of sockets) socket.pause();
}

function endSilence(): void {
  for (const socket of sockets) socket.resume();
}

/** Connects through the proxy. A keep-alive message is sent every 20 ms, like every 5 seconds with the default. */
const openThroughProxy = (tolerated: number) =>
  openSshCommunicator(communicatorOptions(sshd, {}, { port, keepAlive: { interval: 20, tolerated } }));

describe("a network that goes silent during a command", () => {
  test("is tolerated for longer than three keep-alive messages", async () => {
    const communicator = await openThroughProxy(20_000);
    let output = "";
    const running = communicator.exec("echo begun; sleep 0.3; echo done", {
      onOutput(chunk) {
        output += Buffer.from(chunk).toString();
        if (output !== "begun\n") return;
        silence();
        setTimeout(endSilence, 1000);
      },
    });
    expect(await running).toEqual({ status: "exited", code: 0 });
    expect(output).toBe("begun\ndone\n");
    await communicator.close();
  });

  test("loses the connection after the tolerated time, and the error has the length of the silence", async () => {
    const communicator = await openThroughProxy(1500);
    const context = provisionerContext(communicator, "/", {
      machine: { communicator, data: {}, reachable: () => communicator.connected(), reconnect: undefined },
    });
    const narrator = { ...context.narrator, emit: silence };
    const running = runChecked({ ...context, narrator }, "echo begun; sleep 100", "The command failed");
    await expect(running).rejects.toMatchObject({
      code: "ssh-disconnected",
      message: expect.stringMatching(
        /^The command failed: the connection was lost: no response for [12] seconds?( \d+ milliseconds)?$/,
      ),
    });
    await communicator.close();
  });
});
