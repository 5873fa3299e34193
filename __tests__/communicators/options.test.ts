import { execFileSync } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect } from "@jest/globals";
import { checkCommunication } from "../../src/communicators/check.js";
import { sshCommunicatorOptions } from "../../src/communicators/from-options.js";
import { type CommunicationOptions, communicationFields, renamedSshOptions } from "../../src/communicators/options.js";
import { systemClock } from "../../src/core/clock.js";
import { noDebug } from "../../src/core/debug.js";
import { schema } from "../../src/options/schema.js";
import { decode, optionsFor } from "../provisioners/provision.js";
import { describe, test } from "../ssh/openssh.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder("options");
const options = schema(communicationFields, { renamed: renamedSshOptions, check: checkCommunication });

beforeAll(() => {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder(), "key")]);
  execFileSync("ssh-keygen", ["-q", "-t", "rsa", "-m", "PEM", "-N", "secret", "-f", join(folder(), "encrypted")]);
  writeFileSync(join(folder(), "no-key"), "hello");
  for (const key of ["authority", "pkcs8"]) {
    execFileSync("ssh-keygen", ["-q", "-t", "ecdsa", "-m", "PKCS8", "-N", "", "-f", join(folder(), key)]);
  }
  certify("expired", ["-V", "20200101:20200102"]);
  certify("future", ["-V", "21000101:21000102"]);
  certify("host", ["-h"]);
  certify("good", ["-V", "-1d:+1d"]);
});

/** Writes a certificate of the key in "key". */
function certify(name: string, signing: readonly string[]): void {
  copyFileSync(join(folder(), "key.pub"), join(folder(), `${name}.pub`));
  const all = ["-q", "-s", join(folder(), "authority"), "-I", "test", "-n", "me", ...signing];
  execFileSync("ssh-keygen", [...all, join(folder(), `${name}.pub`)]);
}

/** Returns the options that a builder would connect with. */
function connectionOf(given: object, env: Readonly<Record<string, string>> = {}) {
  const decoded: CommunicationOptions = optionsFor(options, { ssh_username: "me", ...given }, folder());
  return sshCommunicatorOptions(decoded, {
    address: async () => "10.0.0.1",
    way: undefined,
    sentKey: undefined,
    isWindows: false,
    surroundings: { clock: systemClock, cwd: folder(), debug: noDebug, env, ask: undefined },
    signal: new AbortController().signal,
    generatedKey: "generated",
    acceptNewHostKeys: false,
    onNewHostKey: () => undefined,
    onAttempt: undefined,
  });
}

describe("a message is reported for", () => {
  test.each<[string, object, string]>([
    ["no user", {}, 'An "ssh_username" must be specified'],
    ["a missing key", { ssh_private_key_file: "nope" }, '"ssh_private_key_file" is invalid: no such file: "nope"'],
    [
      "no key",
      { ssh_private_key_file: "no-key" },
      '"ssh_private_key_file" is invalid: no private key found in "no-key"',
    ],
    ["an encrypted key", { ssh_private_key_file: "encrypted" }, 'the private key in "encrypted" is encrypted'],
    [
      "a certificate without a key",
      { ssh_certificate_file: "no-key" },
      '"ssh_certificate_file" needs "ssh_private_key_file"',
    ],
    ["no certificate", { ssh_private_key_file: "key", ssh_certificate_file: "no-key" }, "no OpenSSH certificate found"],
    [
      "an expired certificate",
      { ssh_private_key_file: "key", ssh_certificate_file: "expired-cert.pub" },
      '"ssh_certificate_file" is invalid: the certificate in "expired-cert.pub" expired at 2020-01-0',
    ],
    [
      "a certificate that is not valid yet",
      { ssh_private_key_file: "key", ssh_certificate_file: "future-cert.pub" },
      'the certificate in "future-cert.pub" is not valid before 2',
    ],
    [
      "the certificate of a host",
      { ssh_private_key_file: "key", ssh_certificate_file: "host-cert.pub" },
      'the certificate in "host-cert.pub" is for a host, not for a user',
    ],
    [
      "the certificate of another key",
      { ssh_private_key_file: "pkcs8", ssh_certificate_file: "good-cert.pub" },
      'the certificate in "good-cert.pub" is not for the private key',
    ],
    [
      "a bad key of a bastion host",
      { ssh_bastion_host: "b", ssh_bastion_private_key_file: "key.pub" },
      '"ssh_bastion_private_key_file" is invalid: "key.pub" is a public key',
    ],
    [
      "a bad certificate of a bastion host",
      { ssh_bastion_host: "b", ssh_bastion_private_key_file: "key", ssh_bastion_certificate_file: "expired-cert.pub" },
      '"ssh_bastion_certificate_file" is invalid: the certificate in "expired-cert.pub" expired',
    ],
    [
      "a bastion without credentials",
      { ssh_bastion_host: "b" },
      'One of "ssh_bastion_password", "ssh_bastion_private_key_file" and',
    ],
    [
      "bastion and proxy",
      { ssh_bastion_host: "b", ssh_bastion_password: "p", ssh_proxy_host: "s" },
      'either "ssh_bastion_host" or "ssh_proxy_host", not both',
    ],
    ["an unknown cipher", { ssh_ciphers: ["rot13"] }, '"ssh_ciphers" has an unsupported algorithm: "rot13"'],
    [
      "an unknown key exchange",
      { ssh_key_exchange_algorithms: ["x"] },
      'algorithms" has an unsupported algorithm: "x"',
    ],
    ["a bad tunnel", { ssh_local_tunnels: ["80"] }, 'is not a tunnel: "80"'],
    ["a bad port", { ssh_port: 70000 }, '"ssh_port" must be between 1 and 65535'],
    ["winrm without a user", { communicator: "winrm" }, 'A "winrm_username" must be specified'],
    [
      "a bad WinRM port",
      { communicator: "winrm", winrm_username: "x", winrm_port: 0 },
      '"winrm_port" must be between 1 and 65535',
    ],
    [
      "a key pair without its key",
      { communicator: "winrm", winrm_username: "x", ssh_keypair_name: "k" },
      '"ssh_keypair_name" needs "ssh_private_key_file"',
    ],
    [
      "an old name",
      { ssh_username: "me", ssh_key_path: "key" },
      '"ssh_key_path" was renamed to "ssh_private_key_file"',
    ],
    ["ssh_wait_timeout", { ssh_username: "me", ssh_wait_timeout: "1m" }, '"ssh_wait_timeout" is deprecated'],
    [
      "a missing ssh-agent",
      { ssh_username: "me", ssh_agent_auth: true },
      '"ssh_agent_auth" needs an ssh-agent, but SSH_AUTH_SOCK is not set',
    ],
  ])("%s", (_name, given, complaint) => {
    const before = process.env.SSH_AUTH_SOCK;
    delete process.env.SSH_AUTH_SOCK;
    const { diagnostics } = decode(options, given, folder());
    if (before !== undefined) process.env.SSH_AUTH_SOCK = before;
    expect(diagnostics.map((each) => each.summary).join("\n")).toContain(complaint);
  });

  test("communicator none needs no user", () => {
    expect(decode(options, { communicator: "none" }, folder()).diagnostics).toEqual([]);
  });
});

test.each<[string, object]>([
  ["a key in PKCS #8 format", { ssh_private_key_file: "pkcs8" }],
  ["a key with a valid certificate", { ssh_private_key_file: "key", ssh_certificate_file: "good-cert.pub" }],
])("%s is accepted", (_name, given) => {
  expect(decode(options, { ssh_username: "me", ...given }, folder()).diagnostics).toEqual([]);
});

test.each(["ssh_ciphers", "ssh_key_exchange_algorithms"])("%s ignores an unknown name next to known ones", (option) => {
  const names = option === "ssh_ciphers" ? ["arcfour", "aes128-ctr"] : ["mlkem768x25519-sha256", "curve25519-sha256"];
  expect(decode(options, { ssh_username: "me", [option]: names }, folder()).diagnostics).toMatchObject([
    { severity: "warning", summary: `"${option}" has an unsupported algorithm: "${names[0]}"` },
  ]);
});

describe("both limits are set", () => {
  test.each<[object, number, number]>([
    [{}, 300_000, 10],
    [{ ssh_timeout: "1m" }, 60_000, 10],
    [{ ssh_timeout: "30m" }, 1_800_000, 60],
    [{ ssh_handshake_attempts: 3 }, 300_000, 3],
    [{ ssh_handshake_attempts: 100 }, 3_000_000, 100],
    [{ ssh_timeout: "1m", ssh_handshake_attempts: 50 }, 60_000, 50],
    [{ ssh_timeout: "1m", ssh_wait_timeout: "2m" }, 120_000, 10],
  ])("%j", (given, timeout, handshakeAttempts) => {
    expect(connectionOf(given).limits).toEqual({ timeout, handshakeAttempts });
  });
});

describe("the connection of the options", () => {
  test("has safe defaults", async () => {
    const { target, pty, fileTransfer } = connectionOf({}, { SSH_AUTH_SOCK: "/agent" });
    expect(target).toMatchObject({
      port: 22,
      keepAlive: { interval: 5000, tolerated: 120_000 },
      credentials: { key: { text: "generated" } },
    });
    expect(target.forwardAgent).toBeUndefined();
    expect(target.credentials.agentSocket).toBeUndefined();
    expect(await target.address(new AbortController().signal)).toBe("10.0.0.1");
    expect({ pty, fileTransfer }).toEqual({ pty: false, fileTransfer: "scp" });
  });

  test("uses ssh_host instead of the builder's address", async () => {
    const { target } = connectionOf({ ssh_host: "example.test" });
    expect(await target.address(new AbortController().signal)).toBe("example.test");
  });

  test("uses the template's key instead of the generated one, with an absolute path", () => {
    expect(connectionOf({ ssh_private_key_file: "key" }).target.credentials.key).toEqual({
      from: "file",
      path: join(folder(), "key"),
    });
  });

  test("uses and forwards the agent only when set", () => {
    const given = { ssh_agent_auth: true, ssh_disable_agent_forwarding: false };
    const { target } = connectionOf(given, { SSH_AUTH_SOCK: "/agent" });
    expect(target).toMatchObject({ forwardAgent: "/agent", credentials: { agentSocket: "/agent" } });
    expect(() => connectionOf({ ssh_agent_auth: true })).toThrow("SSH_AUTH_SOCK is not set");
  });

  test("has a bastion, with ssh_private_key_file as the default key", () => {
    const given = { ssh_bastion_host: "b", ssh_bastion_username: "jump", ssh_private_key_file: "key" };
    expect(connectionOf(given).target.bastion).toEqual({
      host: "b",
      port: 22,
      credentials: { user: "jump", key: { from: "file", path: join(folder(), "key") } },
    });
  });

  test("has a bastion whose default key comes with its certificate", () => {
    const given = { ssh_bastion_host: "b", ssh_private_key_file: "key", ssh_certificate_file: "good-cert.pub" };
    const certificateFile = join(folder(), "good-cert.pub");
    expect(connectionOf(given).target.bastion?.credentials).toMatchObject({ certificateFile });
    const own = { ...given, ssh_bastion_private_key_file: "pkcs8" };
    expect(connectionOf(own).target.bastion?.credentials).toMatchObject({ certificateFile: undefined });
  });

  test.each([
    [{}, 5000],
    [{ ssh_keep_alive_interval: "0s" }, 5000],
    [{ ssh_keep_alive_interval: "30s" }, 30_000],
    [{ ssh_keep_alive_interval: "-1s" }, 0],
  ])("sends keep-alive messages as Packer does with %j, and tolerates two minutes of silence", (given, interval) => {
    expect(connectionOf(given).target.keepAlive).toEqual({ interval, tolerated: 120_000 });
  });

  test("has proxy, keep-alive, idle timeout and tunnels", () => {
    const connection = connectionOf({
      ssh_proxy_host: "p",
      ssh_proxy_username: "u",
      ssh_keep_alive_interval: "-1s",
      ssh_read_write_timeout: "1m",
      ssh_local_tunnels: ["1:a:2"],
      ssh_remote_tunnels: ["3:b:4"],
      pause_before_connecting: "10s",
      ssh_pty: true,
    });
    expect(connection).toMatchObject({
      target: { proxy: { host: "p", port: 1080, username: "u" }, keepAlive: { interval: 0 }, idleTimeout: 60_000 },
      localTunnels: [{ bindPort: 1, host: "a", hostPort: 2 }],
      remoteTunnels: [{ bindPort: 3, host: "b", hostPort: 4 }],
      pauseBeforeConnecting: 10_000,
      pty: true,
    });
  });
});
