import { afterAll, afterEach, beforeAll, expect } from "@jest/globals";
import type { Connection } from "../../src/ssh/connect/connection.js";
import { loadConnector } from "../../src/ssh/connect/connector.js";
import { runShell } from "../../src/ssh/shell.js";
import { escapeReader } from "../../src/ssh/shell-escape.js";
import { testStreams } from "../support/streams.js";
import { describe, test } from "./openssh.js";
import { type Sshd, startSshd } from "./sshd.js";
import { targetOf } from "./targets.js";

let sshd: Sshd;
const open: Connection[] = [];

beforeAll(async () => {
  sshd = await startSshd();
});
afterEach(async () => {
  for (const connection of open.splice(0)) await connection.close();
});
afterAll(() => sshd.stop());

async function connected(): Promise<Connection> {
  const connection = await (await loadConnector(targetOf(sshd), Date.now())).connect(new AbortController().signal);
  open.push(connection);
  return connection;
}

const never = new AbortController().signal;

/** Waits until a text is printed. */
async function until(printed: () => string, pattern: RegExp): Promise<void> {
  while (!pattern.test(printed())) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe("a shell", () => {
  test("has the size of the terminal, follows its changes, and returns the exit code", async () => {
    const streams = testStreams();
    const ended = runShell(await connected(), [], streams, never);
    streams.input.write("stty size; echo $TERM\n");
    await until(streams.printed, /24 80\r\n[\s\S]*xterm\r\n/);
    expect(streams.isRaw()).toBe(true);
    streams.resize(132, 43);
    streams.input.write("until stty size | grep 132; do :; done\n");
    await until(streams.printed, /43 132\r\n/);
    streams.input.write("exit 3\n");
    await expect(ended).resolves.toBe(3);
    expect(streams.isRaw()).toBe(false);
  });

  test("passes Ctrl-C on to the program that runs in it", async () => {
    const streams = testStreams();
    const ended = runShell(await connected(), [], streams, never);
    // A shell that is interrupted itself can discard what is typed. The program catches the signal, and the shell sees a normal end.
    const program = `trap "echo caught; exit 7" INT; echo read""y; while :; do sleep 0.1; done`;
    streams.input.write(`sh -c '${program}'\n`);
    await until(streams.printed, /ready\r\n/);
    streams.input.write("\x03");
    await until(streams.printed, /caught\r\n/);
    streams.input.write("exit $?\n");
    await expect(ended).resolves.toBe(7);
  });

  test("ends with its input where there is no terminal", async () => {
    const streams = testStreams(false);
    const ended = runShell(await connected(), [], streams, never);
    streams.input.end("tty || echo none; exit 4\n");
    await expect(ended).resolves.toBe(4);
    expect(streams.printed()).toMatch(/none\n$/);
  });
});

describe("the terminal is restored", () => {
  const inShell = async (connection: Connection, signal = never) => {
    const streams = testStreams();
    const ended = runShell(connection, [], streams, signal);
    ended.catch(() => undefined);
    streams.input.write("echo read''y\n");
    await until(streams.printed, /ready\r\n/);
    expect(streams.isRaw()).toBe(true);
    return { streams, ended };
  };

  test("when the run is interrupted", async () => {
    const stop = new AbortController();
    const { streams, ended } = await inShell(await connected(), stop.signal);
    stop.abort(new Error("terminated"));
    await expect(ended).rejects.toThrow("terminated");
    expect(streams.isRaw()).toBe(false);
  });

  test("when the connection is lost", async () => {
    const connection = await connected();
    const { streams, ended } = await inShell(connection);
    connection.client.destroy();
    await expect(ended).rejects.toMatchObject({ code: "ssh-disconnected" });
    expect(streams.isRaw()).toBe(false);
  });

  test("when the user ends it with ~.", async () => {
    const { streams, ended } = await inShell(await connected());
    streams.input.write("~.");
    await expect(ended).resolves.toBe(255);
    expect(streams.isRaw()).toBe(false);
  });
});

describe("a command", () => {
  test.each([
    ["its exit code", ["exit 42"], "", { code: 42, out: "", err: "" }],
    ["both streams apart", ["echo out; echo err >&2"], "", { code: 0, out: "out\n", err: "err\n" }],
    ["its words joined by spaces", ["echo", "a  b", "$((1+1))"], "", { code: 0, out: "a b 2\n", err: "" }],
    ["its input, to the end", ["wc -c"], "x".repeat(300_000), { code: 0, out: "300000\n", err: "" }],
    ["the number of a signal", ["kill -TERM $$"], "", { code: 143, out: "", err: "" }],
    ["no terminal", ["tty"], "", { code: 1, out: "not a tty\n", err: "" }],
  ])("has %s", async (_, command, input, outcome) => {
    const streams = testStreams();
    const ended = runShell(await connected(), command, streams, never);
    streams.input.end(input);
    const code = await ended;
    expect({ code, out: streams.printed(), err: streams.errorsPrinted() }).toEqual(outcome);
    expect(streams.isRaw()).toBe(false);
  });

  test("prints all of a large output", async () => {
    const streams = testStreams();
    streams.input.end();
    await expect(runShell(await connected(), ["head -c 20000000 /dev/zero"], streams, never)).resolves.toBe(0);
    expect(streams.printed()).toHaveLength(20_000_000);
  });

  test("ends when nobody reads its output any more", async () => {
    const streams = testStreams();
    streams.output.destroy();
    await expect(runShell(await connected(), ["yes"], streams, never)).resolves.toBe(141);
  });
});

test("an escape is read only at the beginning of a line", () => {
  const seen = (keys: readonly string[]) => {
    let quits = 0;
    const read = escapeReader(() => {
      quits += 1;
    });
    const sent = keys.map((each) => read(Buffer.from(each)).toString()).join("");
    return { sent, quits };
  };
  expect(seen(["~."])).toEqual({ sent: "", quits: 1 });
  expect(seen(["ls\r", "~", "."])).toEqual({ sent: "ls\r", quits: 1 });
  expect(seen(["cd ~.\r"])).toEqual({ sent: "cd ~.\r", quits: 0 });
  expect(seen(["~~."])).toEqual({ sent: "~.", quits: 0 });
  expect(seen(["~a"])).toEqual({ sent: "~a", quits: 0 });
});
