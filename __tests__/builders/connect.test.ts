import { afterAll, beforeAll, expect, describe as plainDescribe, test as plainTest } from "@jest/globals";
import { connectBySsh, machineWithoutCommunicator, throttleEachWait } from "../../src/builders/connect.js";
import { nullBuilderOptions } from "../../src/builders/null/options.js";
import { type Clock, systemClock } from "../../src/core/clock.js";
import { outputOf } from "../communicators/connect.js";
import { messagesIn, optionsFor } from "../provisioners/provision.js";
import { describe, test } from "../ssh/openssh.js";
import { type Sshd, startSshd } from "../ssh/sshd.js";
import { temporaryFolder } from "../support/folder.js";
import { builderContext } from "./context.js";

const folder = temporaryFolder("builder-connect");

let sshd: Sshd;

/** A clock that advances by each pause, but waits only briefly. */
function leapingClock(): Clock {
  let leapt = 0;
  return {
    now: () => systemClock.now() + leapt,
    sleep(ms, signal) {
      leapt += ms;
      return systemClock.sleep(Math.min(ms, 5), signal);
    },
  };
}

const options = (more: object = {}) =>
  optionsFor(
    nullBuilderOptions,
    {
      ssh_host: "127.0.0.1",
      ssh_port: sshd.port,
      ssh_username: sshd.user,
      ssh_private_key_file: sshd.keyFile,
      ...more,
    },
    folder(),
  );
const destination = { address: "127.0.0.1", generatedKey: undefined, data: { ID: "i-1", SSHPublicKey: "key" } };

describe("a machine connected by SSH", () => {
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd.stop());

  test("has the builder's values and those of the connection, until the build ends", async () => {
    const { context, events, end } = builderContext(folder());
    const machine = await connectBySsh(context, options(), { ...destination, onAttempt: undefined });
    expect(machine.data).toMatchObject({
      ID: "i-1",
      SSHPublicKey: "key",
      Host: "127.0.0.1",
      Port: String(sshd.port),
      User: sshd.user,
      ConnType: "ssh",
      SSHPrivateKeyFile: sshd.keyFile,
      SSHAgentAuth: "false",
    });
    expect((await outputOf(machine.communicator, "echo here")).stdout).toBe("here\n");
    expect(machine.reachable()).toBe(true);
    await end();
    expect(machine.reachable()).toBe(false);
    expect(messagesIn(events)).toEqual(
      expect.arrayContaining([
        "Using SSH communicator to connect: 127.0.0.1",
        "Waiting for SSH to become available...",
        "Connected to SSH!",
      ]),
    );
  });

  test("is waited for with a report every ten seconds, and each attempt is reported to the builder", async () => {
    const { context, events } = builderContext(folder(), undefined, { clock: leapingClock() });
    const attempts: number[] = [];
    const silent = options({ ssh_port: 9, ssh_timeout: "65s" });
    await expect(
      connectBySsh(context, silent, { ...destination, onAttempt: (elapsed) => attempts.push(elapsed) }),
    ).rejects.toMatchObject({ code: "ssh-timeout" });
    const reported = events.flatMap((event) => (event.type === "progress" ? [event.elapsed] : []));
    expect(reported.length).toBeGreaterThanOrEqual(3);
    expect(reported.length).toBeLessThan(attempts.length);
    reported.slice(1).forEach((elapsed, index) => {
      expect(elapsed - (reported[index] ?? 0)).toBeGreaterThanOrEqual(9_900);
    });
  });
});

plainDescribe("a throttle for consecutive waits", () => {
  plainTest("is due after an interval, and restarts with each wait", () => {
    let now = 0;
    const isDue = throttleEachWait(10, () => now);
    const at = (time: number, elapsed: number) => {
      now = time;
      return isDue(elapsed);
    };
    expect([at(4, 4), at(10, 10), at(19, 19), at(20, 20)]).toEqual([false, true, false, true]);
    // A reboot: the next wait begins at 100, its first attempt fails at 103.
    expect([at(103, 3), at(112, 12), at(113, 13)]).toEqual([false, false, true]);
  });
});

plainTest("a machine without a communicator is not reachable", () => {
  const machine = machineWithoutCommunicator({ ID: "Null" });
  expect(machine.data).toEqual({ ID: "Null", ConnType: "none" });
  expect(machine.communicator.type).toBe("none");
  expect(machine.reachable()).toBe(false);
});
