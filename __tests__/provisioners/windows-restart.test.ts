import { describe, expect, test } from "@jest/globals";
import { BakeError, Cancelled } from "../../src/core/errors.js";
import { windowsRestartOptions } from "../../src/provisioners/windows-restart/options.js";
import { run } from "../../src/provisioners/windows-restart/run.js";
import { provisionWindows, type recordingMachine } from "./windows/machine.js";

type Answer = Parameters<typeof recordingMachine>[0];

const provision = (options: object, answer: Answer, changes = {}) =>
  provisionWindows({ schema: windowsRestartOptions, run }, options, { answer, changes });

const unreachable = { error: new BakeError("connection refused", { code: "winrm-unreachable" }) };
const exited = (code: number) => ({ end: { status: "exited", code } as const });

/**
 * A Windows that has been up for an hour. After the restart command it answers for `lame` seconds, is away for `away` seconds, and then
 * answers again; it reports how long it has been up, unless `hidden`.
 */
function windows({
  lame = 0,
  away = 20,
  hidden = false,
  more = (() => undefined) as NonNullable<Answer>,
} = {}): Answer {
  let started = 1_000_000 - 3_600_000;
  let down: number | undefined;
  return (text, context) => {
    const { now } = context;
    if (text.startsWith("shutdown")) {
      down = now + 1000 * lame;
      return undefined;
    }
    if (down !== undefined && now >= down) {
      if (now < down + 1000 * away) return unreachable;
      started = down + 1000 * away;
      down = undefined;
    }
    if (text.includes("restarted.")) {
      return { stdout: `EC2AMAZ-1 restarted.\r\n${hidden ? "" : `uptime ${now - started}\r\n`}` };
    }
    return more(text, context);
  };
}

describe("a restart", () => {
  test.each<[string, Answer]>([
    ["that takes its time", windows()],
    ["of a machine that answers for a while before it goes down", windows({ lame: 45 })],
    ["that no check sees, because it is fast", windows({ away: 0.5 })],
    ["of a machine that does not report how long it has been up", windows({ hidden: true })],
  ])("%s", async (_name, answer) => {
    const { error, said, requests } = await provision({}, answer);
    expect(error).toBeUndefined();
    expect(said).toEqual([
      "Restarting Machine",
      "Waiting for machine to restart...",
      "Machine successfully restarted, moving on",
    ]);
    expect(requests[0]).toEqual({ line: 'shutdown /r /f /t 0 /c "packer restart"' });
    expect(requests.filter((each) => "line" in each && each.line.startsWith("shutdown"))).toHaveLength(1);
  });

  test("with the template's commands: the check runs once, after the restart", async () => {
    const options = { restart_command: "shutdown /g", restart_check_command: "powershell -command hi" };
    const more = (text: string) => (text.startsWith("powershell -command") ? { stdout: "back\r\n" } : undefined);
    const { error, output, requests } = await provision(options, windows({ lame: 9, more }));
    expect(error).toBeUndefined();
    expect(output).toEqual(["back"]);
    expect(requests[0]).toEqual({ line: "shutdown /g" });
    expect(requests.at(-1)).toEqual({ line: "powershell -command hi" });
  });

  test.each([1115, 1190])("exit code %d means that one is already in progress", async (code) => {
    let sent = false;
    const inner = windows();
    const { error } = await provision({}, (text, context) => {
      const answer = inner?.(text, context);
      if (!text.startsWith("shutdown") || sent) return answer;
      sent = true;
      return exited(code);
    });
    expect(error).toBeUndefined();
  });

  test("check_registry waits until no key is left", async () => {
    let reads = 0;
    const more = (text: string) =>
      text.includes("Test-Path")
        ? { stdout: ++reads < 3 ? "False\r\nTrue\r\nFalse\r\n" : "False\r\nFalse\r\nFalse\r\n" }
        : undefined;
    const { error, events } = await provision({ check_registry: true }, windows({ more }));
    expect(error).toBeUndefined();
    expect(reads).toBe(3);
    expect(events).toContainEqual(
      expect.objectContaining({
        type: "progress",
        text: expect.stringMatching(/PackagesPending says that a restart is pending$/),
      }),
    );
  });

  test("a login that is refused while Windows starts is tried again", async () => {
    const inner = windows({ away: 0.5 });
    let refused = 0;
    const { error } = await provision({}, (text, context) =>
      !text.startsWith("shutdown") && ++refused < 3
        ? { error: new BakeError("401", { code: "winrm-authentication-failed" }) }
        : inner?.(text, context),
    );
    expect(error).toBeUndefined();
    expect(refused).toBeGreaterThanOrEqual(3);
  });
});

describe("failing", () => {
  test.each<[string, object, Answer, object]>([
    [
      "the command fails",
      {},
      (text) =>
        text.startsWith("shutdown") ? { ...exited(87), stderr: "The parameter is incorrect.\r\n" } : undefined,
      {
        code: "restart-failed",
        message: "Restart script exited with non-zero exit status: 87",
        detail: expect.stringContaining("The parameter is incorrect."),
      },
    ],
    [
      "the machine never goes down",
      { restart_command: "true" },
      windows(),
      {
        code: "restart-timeout",
        message: "Timeout waiting for machine to restart: after 5 minutes it has not gone down yet",
        hint: 'Check "restart_command": Windows did not restart.',
      },
    ],
    [
      "the machine does not come back",
      { restart_timeout: "2m" },
      windows({ away: 1000 }),
      { message: "Timeout waiting for machine to restart: after 2 minutes connection refused" },
    ],
    [
      "a registry key stays",
      { check_registry: true, registry_keys: ['HKLM:SOFTWARE\\My "$Key"'] },
      windows({
        more: (text) => (text.includes('Test-Path "HKLM:SOFTWARE\\My `"`$Key`""') ? { stdout: "True\r\n" } : undefined),
      }),
      { message: expect.stringContaining('the registry key HKLM:SOFTWARE\\My "$Key" says that a restart is pending') },
    ],
    [
      "another error",
      {},
      (text) => (text.startsWith("shutdown") ? undefined : { error: new BakeError("quota", { code: "winrm-quota" }) }),
      { code: "winrm-quota" },
    ],
  ])("%s", async (_name, options, answer, expected) => {
    expect((await provision(options, answer)).error).toMatchObject(expected);
  });

  test("the wait ends when the build is aborted", async () => {
    const abort = new AbortController();
    const { error } = await provision(
      {},
      (text) => {
        if (text.startsWith("shutdown")) abort.abort(new Cancelled("stop"));
        return undefined;
      },
      { signal: abort.signal },
    );
    expect(error).toMatchObject({ message: "stop" });
  });
});
