import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { openSshCommunicator, type SshCommunicator } from "../../src/communicators/ssh.js";
import { generateKeyPair, type SshKeyPair } from "../../src/ssh/keys/key-pair.js";
import { openSshProxy, type SshProxy } from "../../src/ssh/proxy.js";
import { communicatorOptions } from "../communicators/connect.js";
import { temporaryFolder } from "../support/folder.js";
import { describe, test } from "./openssh.js";
import { freePort, type Sshd, startSshd } from "./sshd.js";

const folder = temporaryFolder("proxy");
const at = (name: string) => join(folder(), name);
let sshd: Sshd;
let communicator: SshCommunicator;
let login: SshKeyPair;
let host: SshKeyPair;
let proxy: SshProxy;

beforeAll(async () => {
  sshd = await startSshd();
  communicator = await openSshCommunicator(communicatorOptions(sshd));
  login = await generateKeyPair("ecdsa", { comment: "login" });
  host = await generateKeyPair("ecdsa", { comment: "host" });
  const other = await generateKeyPair("ed25519", { comment: "other" });
  writeFileSync(at("key"), login.privateKey, { mode: 0o600 });
  writeFileSync(at("other"), other.privateKey, { mode: 0o600 });
  proxy = await open();
  writeFileSync(at("known_hosts"), `[127.0.0.1]:${proxy.port} ${host.publicKey}\n`);
});

afterAll(async () => {
  await proxy.close();
  await communicator.close();
  await sshd.stop();
});

function open(port = 0): Promise<SshProxy> {
  return openSshProxy({
    communicator,
    user: "builder",
    authorizedKey: login.publicKey,
    hostKey: host.privateKey,
    port,
    sftpCommand: undefined,
  });
}

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of a program: `input` is its standard input, which otherwise stays open; `key` is the file of its private key. */
interface Given {
  readonly input?: string | undefined;
  readonly key?: string | undefined;
  readonly onOutput?: () => void;
}

/** Runs one of OpenSSH's programs against the proxy. */
function openSsh(
  program: string,
  args: readonly string[],
  { input, key = "key", onOutput = () => undefined }: Given = {},
): Promise<Ran> {
  const options = ["-F", "none", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=yes"];
  // The first value of an option applies.
  const port = ["-o", `Port=${proxy.port}`];
  const own = args[1]?.startsWith("Port=") ? [] : port;
  const all = [...options, "-o", `UserKnownHostsFile=${at("known_hosts")}`, "-i", at(key), ...own, ...args];
  return new Promise((resolve) => {
    const child = execFile(program, all, { encoding: "latin1", maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
    child.stdout?.once("data", onOutput);
    if (input !== undefined) child.stdin?.end(input);
  });
}

const ssh = (command: string, input?: string, key?: string) =>
  openSsh("ssh", ["builder@127.0.0.1", command], { input, key });

describe("OpenSSH's client connects to the machine", () => {
  test.each<[string, string, Partial<Ran>]>([
    ["both streams", "echo out; echo err >&2", { code: 0, stdout: "out\n", stderr: "err\n" }],
    ["exit codes", "exit 7", { code: 7 }],
    ["quotes", "printf '%s|' 'a b' \"c'd\" '*'", { stdout: "a b|c'd|*|" }],
  ])("%s", async (_name, command, expected) => {
    expect(await ssh(command, "")).toMatchObject(expected);
  });

  test("input, complete and unchanged", async () => {
    const input = "a line\r\nanother\n".repeat(50_000);
    const { stdout } = await ssh("cat | wc -c", input);
    expect(Number(stdout)).toBe(input.length);
  });

  test("a command that exits before its input ends", async () => {
    expect(await ssh("echo done")).toMatchObject({ code: 0, stdout: "done\n" });
  });

  test("commands run on the machine, not on the runner", async () => {
    const { stdout } = await ssh("echo $SSH_CONNECTION", "");
    expect(stdout.trim().split(" ").at(-1)).toBe(String(sshd.port));
  });

  test("many commands in parallel", async () => {
    const outputs = await Promise.all([1, 2, 3, 4, 5].map((number) => ssh(`sleep 0.1; echo ${number}`, "")));
    expect(outputs.map(({ stdout }) => stdout)).toEqual(["1\n", "2\n", "3\n", "4\n", "5\n"]);
  });
});

describe("files", () => {
  const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 7 + (index >> 8)) % 256));
  test.each<[string, readonly string[], string]>([
    ["scp", [], "there it's"],
    ["scp by its old protocol", ["-O"], "there"],
  ])("%s", async (_name, options, name) => {
    writeFileSync(at("sent"), bytes);
    const remote = `builder@127.0.0.1:${at(name)}`;
    expect(await openSsh("scp", [...options, at("sent"), remote])).toMatchObject({ code: 0 });
    expect(await openSsh("scp", [...options, remote, at("back")])).toMatchObject({ code: 0 });
    expect(readFileSync(at("back")).equals(bytes)).toBe(true);
  });

  test("sftp", async () => {
    writeFileSync(at("sent"), bytes);
    const commands = `put ${at("sent")} ${at("by-sftp")}\nget ${at("by-sftp")} ${at("back-2")}\n`;
    expect(await openSsh("sftp", ["-b", "-", "builder@127.0.0.1"], { input: commands })).toMatchObject({ code: 0 });
    expect(readFileSync(at("back-2")).equals(bytes)).toBe(true);
  });
});

describe("refused", () => {
  test("another key", async () => {
    expect(await ssh("true", "", "other")).toMatchObject({ code: 255, stderr: expect.stringContaining("publickey") });
  });

  test("another user", async () => {
    const { code, stderr } = await openSsh("ssh", ["someone@127.0.0.1", "true"], { input: "" });
    expect([code, stderr.includes("Permission denied")]).toEqual([255, true]);
  });

  test("port forwarding, which would start on the runner", async () => {
    const { code } = await openSsh("ssh", ["-W", `127.0.0.1:${sshd.port}`, "builder@127.0.0.1"], { input: "" });
    expect(code).not.toBe(0);
  });
});

test("a lost machine is a lost connection, not a success", async () => {
  const lost = await ssh("kill -9 $PPID; sleep 30", "");
  expect(lost).toMatchObject({ code: 255, stderr: expect.stringContaining("connection to the machine was lost") });
  expect(await ssh("echo back", "")).toMatchObject({ code: 0, stdout: "back\n" });
});

describe("ports", () => {
  test("the first free port from the given one is used", async () => {
    const first = await freePort();
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(first, "127.0.0.1", resolve));
    const second = await open(first);
    expect(second.port).toBeGreaterThan(first);
    expect(second.port).toBeLessThan(first + 10);
    await second.close();
    await new Promise((resolve) => taken.close(resolve));
  });

  test("no free port is an error", async () => {
    const taken = createServer();
    const listened = await new Promise<boolean>((resolve) => {
      taken.once("error", () => resolve(false));
      taken.listen(65_535, "127.0.0.1", () => resolve(true));
    });
    await expect(open(65_535)).rejects.toMatchObject({
      code: "proxy-port",
      hint: expect.stringContaining("local_port"),
    });
    if (listened) await new Promise((resolve) => taken.close(resolve));
  });
});

test("closing kills running commands", async () => {
  const short = await open();
  writeFileSync(at("known_hosts"), `[127.0.0.1]:${short.port} ${host.publicKey}\n`, { flag: "a" });
  const args = ["-o", `Port=${short.port}`, "builder@127.0.0.1", "echo began; exec sleep 300"];
  const ran = await openSsh("ssh", args, { onOutput: () => void short.close() });
  expect(ran).toMatchObject({ code: 255, stdout: "began\n" });
});
