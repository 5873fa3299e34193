import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { createReadStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { afterAll, beforeAll, expect } from "@jest/globals";
import type { ClientChannel } from "ssh2";
import { temporaryFolder } from "../../support/folder.js";
import { describe, test } from "../openssh.js";
import { type SlowRelay, startSlowRelay } from "../slow-relay.js";
import { connectClient, type HostMachine, startHostMachine } from "./host-machine.js";
import { narrowWindows } from "./narrow-windows.js";

const folder = temporaryFolder("output");
const at = (name: string) => join(folder(), name);
/** Bytes of the file that the machine sends. Not a multiple of a packet or a window. */
const SIZE = 12_000_007;

let machine: HostMachine;
let relay: SlowRelay;
let digest: string;

beforeAll(async () => {
  machine = await startHostMachine();
  relay = await startSlowRelay(machine.port, { delay: 5, piece: 65_536 });
  writeFileSync(at("key"), machine.privateKey, { mode: 0o600 });
  const block = randomBytes(1 << 20);
  const content = Buffer.alloc(SIZE);
  for (let offset = 0; offset < SIZE; offset += block.length) {
    block.writeUInt32LE(offset, 0);
    block.copy(content, offset);
  }
  digest = sha256(content);
  writeFileSync(at("big"), content);
});

afterAll(async () => {
  await relay.close();
  await machine.close();
});

function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

interface Received {
  readonly code: number | null;
  readonly bytes: number;
  readonly digest: string;
  readonly stderr: string;
}

/** Reads a stream slowly: pauses after each chunk. Returns its length and digest. */
async function readSlowly(stream: Readable): Promise<Pick<Received, "bytes" | "digest">> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return { bytes, digest: hash.digest("hex") };
}

/** Runs one of OpenSSH's programs and reads its output slowly. */
async function openSsh(program: string, port: number, args: readonly string[], input?: string): Promise<Received> {
  const options = ["-F", "none", "-i", at("key"), "-o", `Port=${port}`];
  for (const option of ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"])
    options.push("-o", option);
  const child = spawn(program, [...options, ...args], { stdio: "pipe" });
  if (input === undefined) child.stdin.end();
  else createReadStream(input).pipe(child.stdin);
  child.stdin.on("error", () => undefined);
  const code = new Promise<number | null>((resolve) => child.once("close", resolve));
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return { ...(await readSlowly(child.stdout)), code: await code, stderr };
}

describe("OpenSSH's clients on a slow network receive every byte", () => {
  test("of a command's output, then its exit status", async () => {
    const received = await openSsh("ssh", relay.port, ["builder@127.0.0.1", `cat ${at("big")}; exit 7`]);
    expect(received).toEqual({ code: 7, bytes: SIZE, digest, stderr: "" });
  });

  test.each<[string, readonly string[]]>([
    ["scp", []],
    ["scp by its old protocol", ["-O"]],
  ])("of a file by %s", async (_name, options) => {
    const args = [...options, `builder@127.0.0.1:${at("big")}`, at("received")];
    expect((await openSsh("scp", relay.port, args)).code).toBe(0);
    expect(await readSlowly(createReadStream(at("received"), { highWaterMark: 1 << 20 }))).toEqual({
      bytes: SIZE,
      digest,
    });
  });

  test("of a file by sftp", async () => {
    writeFileSync(at("batch"), `get ${at("big")} ${at("by-sftp")}\n`);
    const args = ["-b", at("batch"), "builder@127.0.0.1"];
    expect((await openSsh("sftp", relay.port, args)).code).toBe(0);
    expect(await readSlowly(createReadStream(at("by-sftp"), { highWaterMark: 1 << 20 }))).toEqual({
      bytes: SIZE,
      digest,
    });
  });

  test("of 120,000 lines", async () => {
    const { bytes, code } = await openSsh("ssh", relay.port, ["builder@127.0.0.1", "seq 120000"]);
    expect([bytes, code]).toEqual([728_895, 0]);
  });

  test("that they send to a command", async () => {
    const received = await openSsh("ssh", relay.port, ["builder@127.0.0.1", "sha256sum; exit 3"], at("big"));
    expect(received).toMatchObject({ code: 3, digest: sha256(Buffer.from(`${digest}  -\n`)) });
  });
});

describe("ssh2's client receives every byte", () => {
  /** Runs a command with a session that has a receive window of `window` bytes. */
  async function run(command: string, window: number): Promise<{ stdout: Received; stderr: Received; code: number }> {
    const client = await connectClient(machine);
    if (window > 0) narrowWindows(client, window);
    try {
      return await new Promise((resolve, reject) => {
        client.exec(command, (error, channel: ClientChannel) => {
          if (error) return reject(error);
          let code = -1;
          channel.on("exit", (status: number) => {
            code = status;
          });
          const both = Promise.all([readSlowly(channel), readSlowly(channel.stderr as Readable)]);
          channel.once("close", () => {
            void both.then(([stdout, stderr]) => resolve({ stdout, stderr, code } as never));
          });
        });
      });
    } finally {
      client.end();
    }
  }

  test("of both streams at the same time", async () => {
    const command = `cat ${at("big")} & head -c 7000000 ${at("big")} >&2; wait; exit 5`;
    const { stdout, stderr, code } = await run(command, 0);
    expect([stdout.digest, stderr.bytes, code]).toEqual([digest, 7_000_000, 5]);
  });

  test.each([1, 2, 1000])("of both streams through windows of %i bytes", async (window) => {
    const command = `for n in 1 2 3 4 5; do printf '%0100d' $n; printf '%0100d' $n$n >&2; done; exit 5`;
    const { stdout, stderr, code } = await run(command, window);
    const text = (digits: number) =>
      sha256(Buffer.from([1, 2, 3, 4, 5].map((n) => String(n).repeat(digits).padStart(100, "0")).join("")));
    expect([stdout.bytes, stderr.bytes, code]).toEqual([500, 500, 5]);
    expect([stdout.digest, stderr.digest]).toEqual([text(1), text(2)]);
  });
});
