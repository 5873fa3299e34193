import { describe, expect, test } from "@jest/globals";
import { connect, errorOf, run, service } from "./open.js";
import type { Accident, ServiceCall } from "./service.js";

/** Returns an accident for the given numbers of an operation. */
const at = (operation: string, numbers: readonly number[], accident: Accident) => (call: ServiceCall, nth: number) =>
  call.operation === operation && numbers.includes(nth) ? accident : undefined;

const lines = (calls: readonly ServiceCall[]) =>
  calls.filter(({ operation }) => operation === "Command").map(({ line }) => line);
const operations = (calls: readonly ServiceCall[]) => calls.map(({ operation }) => operation);

test("a command runs in a shell of its own, which is closed", async () => {
  const target = await service({
    run: () => ({ steps: ["timeout", { stdout: "one " }, { stdout: "two\r\n", stderr: "bad\r\n" }], exit: 3010 }),
  });
  const communicator = await connect(target);
  target.calls.length = 0;
  expect(await run(communicator, "setup /quiet")).toEqual({
    end: { status: "exited", code: 3010 },
    stdout: "one two\r\n",
    stderr: "bad\r\n",
  });
  expect(operations(target.calls)).toEqual(["Create", "Command", "Receive", "Receive", "Receive", "Delete"]);
  expect(target.shells.size).toBe(0);
  expect(target.connections()).toBe(1);
});

test("a later command gets a new shell: an old one would keep the PATH of before", async () => {
  const target = await service();
  const communicator = await connect(target);
  target.calls.length = 0;
  await run(communicator, "choco install git");
  await run(communicator, "git --version");
  const shells = target.calls.filter(({ operation }) => operation === "Command").map(({ shell }) => shell);
  expect(new Set(shells).size).toBe(2);
});

test.each([
  ["0", 0],
  ["255", 255],
  ["3221225786", 3221225786],
  ["-196608", -196608],
])("exit code %s has 32 bits", async (_name, code) => {
  const target = await service({ run: () => ({ steps: [], exit: code }) });
  expect((await run(await connect(target), "x")).end).toEqual({ status: "exited", code });
});

test.each(["echo ]]> & < > \"quoted\" 'single' 100% ^", "echo ä\u4e2d\u{1f600}", "a\r\nb\tc"])(
  "the line %j arrives as it is",
  async (line) => {
    const target = await service();
    await run(await connect(target), line);
    expect(lines(target.calls)).toEqual([line]);
  },
);

test("text that is split between two responses is complete", async () => {
  const bytes = Buffer.from("a\u4e2db");
  const target = await service({
    run: () => ({ steps: [{ stderr: bytes.subarray(0, 2) }, { stderr: bytes.subarray(2) }], exit: 0 }),
  });
  expect((await run(await connect(target), "x")).stderr).toBe("a\u4e2db");
});

describe("a lost connection", () => {
  test.each([
    ["before the response of Receive", at("Receive", [1, 2], { do: "hangup" })],
    ["in a busy service", at("Receive", [1], { do: "reply", status: 503 })],
    ["by a response that is not XML", at("Receive", [1], { do: "reply", status: 200, body: "<oops" })],
    [
      "by a response that is too large",
      at("Receive", [1], { do: "reply", status: 200, body: Buffer.alloc(3_000_000) }),
    ],
    ["after Command took effect", at("Command", [1], { do: "hangup", after: true })],
  ])("%s does not start the command again", async (_name, accident) => {
    const target = await service({ run: () => ({ steps: ["timeout", { stdout: "ok" }], exit: 7 }), accident });
    expect(await run(await connect(target), "install")).toMatchObject({
      end: { status: "exited", code: 7 },
      stdout: "ok",
    });
    expect(lines(target.calls)).toEqual(["install"]);
    expect(target.shells.size).toBe(0);
  });

  test("a command that never reached the service is started", async () => {
    const target = await service({
      run: () => ({ steps: [], exit: 7 }),
      accident: at("Command", [1], { do: "hangup" }),
    });
    expect((await run(await connect(target), "install")).end).toEqual({ status: "exited", code: 7 });
    expect(lines(target.calls)).toEqual(["install", "rem", "install"]);
  });

  test("a command whose start is not known is not started again, if the service chooses the IDs", async () => {
    const target = await service({ takesIds: false, accident: at("Command", [1], { do: "hangup" }) });
    const { end } = await run(await connect(target), "install");
    expect(end).toEqual({ status: "disconnected", reason: "the machine closed the connection" });
    expect(lines(target.calls)).toEqual(["install", "rem"]);
  });

  test("by a restart ends the command, and the next one runs", async () => {
    const target = await service({ accident: at("Receive", [1], { do: "forget-shells" }) });
    const communicator = await connect(target);
    const { end } = await run(communicator, "shutdown /r /t 0");
    expect(end).toEqual({ status: "disconnected", reason: expect.stringContaining("restarted") });
    expect((await run(communicator, "next")).end).toEqual({ status: "exited", code: 0 });
    expect(lines(target.calls)).toEqual(["shutdown /r /t 0", "next"]);
  });

  test("of a machine that does not come back ends the command, and a next one is not started", async () => {
    const target = await service({ run: () => ({ steps: [] }) });
    const communicator = await connect(target);
    target.settings.accident = ({ operation }) => {
      if (operation === "Receive") void target.close();
      return operation === "Receive" ? { do: "hangup" } : undefined;
    };
    expect((await run(communicator, "sysprep")).end).toMatchObject({ status: "disconnected" });
    expect(communicator.connected()).toBe(false);
    expect(await errorOf(communicator.exec("next"))).toMatchObject({
      code: "winrm-unreachable",
      message: expect.stringMatching(/Administrator@127.0.0.1:\d+ is not reachable: .*connect ECONNREFUSED/),
    });
  });
});

test("an aborted command is ended on the machine, and its shell is closed", async () => {
  const target = await service({ accident: at("Receive", [1], { do: "hang" }) });
  const communicator = await connect(target);
  target.calls.length = 0;
  const abort = new AbortController();
  const running = run(communicator, "wait", abort.signal);
  while (!operations(target.calls).includes("Receive")) await new Promise((resolve) => setImmediate(resolve));
  abort.abort(new Error("stopped by the user"));
  await expect(running).rejects.toThrow("stopped by the user");
  expect(operations(target.calls)).toEqual(["Create", "Command", "Receive", "Signal", "Delete"]);
  expect(target.shells.size).toBe(0);
});

describe("quotas", () => {
  test("a free shell is waited for", async () => {
    const target = await service({ accident: at("Create", [2, 3], { do: "fault", code: 2150859173 }) });
    expect((await run(await connect(target), "x")).end).toEqual({ status: "exited", code: 0 });
  });

  test("a quota that stays exhausted is named", async () => {
    const target = await service();
    const communicator = await connect(target);
    target.settings.accident = ({ operation }) =>
      operation === "Create"
        ? { do: "fault", code: 2150859173, text: "This user is allowed a maximum number of 30 concurrent shells." }
        : undefined;
    expect(await errorOf(communicator.exec("x"))).toMatchObject({
      code: "winrm-quota",
      message: expect.stringContaining("a maximum number of 30 concurrent shells (2150859173)"),
      hint: expect.stringContaining("MaxShellsPerUser"),
    });
  });

  test("a command that a full shell refuses runs in another one", async () => {
    const target = await service({ accident: at("Command", [1], { do: "fault", code: 2150859174 }) });
    const communicator = await connect(target);
    expect((await run(communicator, "x")).end).toEqual({ status: "exited", code: 0 });
    expect(target.shells.size).toBe(0);
  });
});

test("commands that run at the same time use a connection each", async () => {
  const target = await service({ run: (line) => ({ steps: [{ stdout: line }], exit: 0 }) });
  const communicator = await connect(target);
  const ran = await Promise.all(["a", "b", "c"].map((line) => run(communicator, line)));
  expect(ran.map(({ stdout }) => stdout)).toEqual(["a", "b", "c"]);
  expect(target.connections()).toBe(3);
});

test("standard input reaches the command in pieces", async () => {
  const target = await service({
    run: () => ({ steps: ["timeout"], read: (input) => ({ steps: ["timeout", { stdout: input }], exit: 0 }) }),
  });
  const communicator = await connect(target);
  let out = "";
  async function* source() {
    yield Buffer.from("one ");
    yield Buffer.from("two");
  }
  await communicator.exec("findstr x", {
    stdin: source(),
    onOutput: (chunk) => (out += Buffer.from(chunk).toString()),
  });
  expect(out).toBe("one two");
});

test.each([false, true])(
  "a command whose standard input was cut off is not started again, effect of the request: %s",
  async (after) => {
    const target = await service({
      run: () => ({ steps: ["timeout"], read: () => ({ steps: [], exit: 0 }) }),
      accident: at("Send", [1], { do: "hangup", after }),
    });
    const communicator = await connect(target);
    target.calls.length = 0;
    const end = await communicator.exec("powershell -file elevated.ps1", { stdin: Buffer.from("secret\n") });
    expect(end).toMatchObject({ status: "disconnected", reason: expect.any(String) });
    expect(lines(target.calls)).toEqual(["powershell -file elevated.ps1"]);
  },
);

describe("long lines", () => {
  test("cmd.exe runs up to 8,191 characters", async () => {
    const target = await service();
    await run(await connect(target), "x".repeat(8191));
    expect(target.calls.find(({ operation }) => operation === "Command")).toMatchObject({ cmd: true });
  });

  test("a program with longer arguments runs without cmd.exe", async () => {
    const target = await service();
    const line = `powershell.exe -EncodedCommand ${"A".repeat(20_000)}`;
    await run(await connect(target), line);
    expect(target.calls.find(({ operation }) => operation === "Command")).toMatchObject({ cmd: false, line });
  });

  test.each([
    ["what only cmd.exe understands", `powershell.exe -Command ${"x".repeat(9000)} && echo done`],
    ["a word of cmd.exe", `echo ${"x".repeat(9000)}`],
    ["more than a program takes", `powershell.exe -EncodedCommand ${"A".repeat(32_000)}`],
  ])("a line with %s is refused", async (_name, line) => {
    const target = await service();
    expect(await errorOf((await connect(target)).exec(line))).toMatchObject({ code: "winrm-command-too-long" });
    expect(lines(target.calls)).toEqual([]);
  });

  test("a control character that XML does not have is refused", async () => {
    const target = await service();
    expect(await errorOf((await connect(target)).exec("a\u0000b"))).toMatchObject({
      code: "winrm-command-invalid",
      message: expect.stringContaining("U+0000"),
    });
  });
});
