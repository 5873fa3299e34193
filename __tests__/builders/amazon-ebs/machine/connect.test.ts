import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { type Clock, systemClock } from "../../../../src/core/clock.js";
import type { Machine } from "../../../../src/core/parts.js";
import { describe, test } from "../../../ssh/openssh.js";
import { type Sshd, startSshd } from "../../../ssh/sshd.js";
import { testCloud } from "../../../support/cloud.js";
import { temporaryFolder } from "../../../support/folder.js";
import { bake } from "../bake.js";

const folder = temporaryFolder("connect");
const cloud = testCloud({ scale: 0 });
let sshd: Sshd;

beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd.stop());

/** A clock that advances by each pause, but waits only briefly. */
function leapingClock(): Clock {
  let leapt = 0;
  return {
    now: () => systemClock.now() + leapt,
    sleep(ms, signal) {
      if (ms >= 20_000) return systemClock.sleep(ms, signal);
      leapt += ms;
      return systemClock.sleep(Math.min(ms, 10), signal);
    },
  };
}

/** Returns the authorized addresses in order. */
function authorized(): readonly string[] {
  return cloud
    .endpoint()
    .calls()
    .filter((call) => call.action === "AuthorizeSecurityGroupIngress")
    .map((call) => /\d+\.\d+\.\d+\.\d+\/32/.exec(JSON.stringify(call.params))?.[0] ?? "");
}

const BY_SSH = () => ({
  communicator: "ssh",
  ssh_host: "127.0.0.1",
  ssh_port: sshd.port,
  ssh_username: sshd.user,
  ssh_private_key_file: sshd.keyFile,
  ssh_timeout: "75s",
  skip_create_ami: true,
});

describe("a runner whose address changes", () => {
  test("is authorized again, while the instance starts and after it has rebooted", async () => {
    await sshd.end();
    const seen = ["198.51.100.1", "198.51.100.1", "198.51.100.1", "198.51.100.2", "198.51.100.3"];
    // Read before anything is created, then every 20 seconds without a connection. SSH starts after the new address is authorized.
    const callerAddress = async () => {
      const address = seen.shift() ?? "";
      if (/[23]$/.test(address)) setTimeout(() => void sshd.restart(), 0);
      return address;
    };
    const provision = async (machine: Machine) => {
      await sshd.end();
      await machine.reconnect?.(new AbortController().signal);
      expect(machine.reachable()).toBe(true);
    };
    const { error, events } = await bake(
      cloud,
      { ami_name: "moves about", ...BY_SSH() },
      { callerAddress, provision, clock: leapingClock() },
    );
    expect(error).toBeUndefined();
    expect(authorized()).toEqual(["198.51.100.1/32", "198.51.100.2/32", "198.51.100.3/32"]);
    expect(events).toContainEqual(
      expect.objectContaining({ text: "The runner's public IP address changed: authorizing 198.51.100.2/32 too..." }),
    );
    expect(cloud.endpoint().held()).toEqual({});
  });
});

test("with -debug, the temporary key is saved until the build ends, readable only by its user", async () => {
  const path = join(folder(), "ec2_web.pem");
  const refused = { communicator: "ssh", ssh_host: "127.0.0.1", ssh_port: 9, ssh_username: "u", ssh_timeout: "1s" };
  const modes = new Set<number>();
  const { now, sleep } = leapingClock();
  const clock: Clock = {
    now,
    sleep(ms, signal) {
      if (existsSync(path)) modes.add(statSync(path).mode & 0o777);
      return sleep(ms, signal);
    },
  };
  const { events } = await bake(
    cloud,
    { ami_name: "debugged", ...refused },
    { clock, cwd: folder(), settings: { debug: true } },
  );
  expect([...modes]).toEqual([0o600]);
  expect(events).toContainEqual(
    expect.objectContaining({ type: "message", text: `Saving key for debug purposes: ${path}` }),
  );
  expect(readdirSync(folder())).toEqual([]);
});

test("a connection error includes the state of the instance", async () => {
  await sshd.end();
  const { error } = await bake(
    cloud,
    { ami_name: "silent", ...BY_SSH(), ssh_timeout: "3s" },
    { clock: leapingClock() },
  );
  expect(error).toMatchObject({
    code: "ssh-timeout",
    message: expect.stringMatching(/ECONNREFUSED.*\. The instance is running$/),
    resource: expect.stringMatching(/^i-/),
  });
  expect(cloud.endpoint().held()).toEqual({});
});

describe("the address to connect to", () => {
  /** Through a proxy that does not exist, so that no address of the cloud is dialed. */
  const refused = {
    communicator: "ssh",
    ssh_username: "ubuntu",
    ssh_proxy_host: "127.0.0.1",
    ssh_proxy_port: 9,
    ssh_timeout: "1s",
    skip_create_ami: true,
  };

  test.each<[string, object, RegExp]>([
    ["the public one", {}, /^(?!10\.|172\.|192\.168\.)[\d.]+$/],
    ["public_ip", { ssh_interface: "public_ip" }, /^(?!10\.|172\.|192\.168\.)[\d.]+$/],
    ["private_ip", { ssh_interface: "private_ip" }, /^(10|172|192\.168)\.[\d.]+$/],
    ["public_dns", { ssh_interface: "public_dns" }, /^ec2-[\d-]+\..*amazonaws\.com$/],
    ["private_dns", { ssh_interface: "private_dns" }, /^ip-[\d-]+\..*internal$/],
    ["private_ip with its old option", { ssh_private_ip: true }, /^(10|172|192\.168)\.[\d.]+$/],
    ["private_ip without a public one", { associate_public_ip_address: false }, /^(10|172|192\.168)\.[\d.]+$/],
  ])("is %s", async (name, given, expected) => {
    const { error, events } = await bake(cloud, { ami_name: name, ...refused, ...given }, { clock: leapingClock() });
    expect(error).toMatchObject({ code: "ssh-timeout" });
    const printed = events.flatMap((event) =>
      "text" in event ? (/to connect: (.*)/.exec(String(event.text))?.[1] ?? []) : [],
    );
    expect(printed).toEqual([expect.stringMatching(expected)]);
  });

  test("fails the bake when EC2 never returns it, and the wait is reported", async () => {
    const { error, events } = await bake(
      cloud,
      { ami_name: "no address", ...refused, ssh_interface: "ipv6" },
      { clock: leapingClock() },
    );
    expect(error).toMatchObject({
      code: "no-address",
      hint: expect.stringMatching(/IPv6/),
      range: { file: "ssh_interface" },
    });
    const waited = events.filter(
      (event) => event.type === "progress" && event.what === "the instance's address to become available",
    );
    expect(waited.length).toBeGreaterThanOrEqual(2);
    expect(cloud.endpoint().held()).toEqual({});
  });
});
