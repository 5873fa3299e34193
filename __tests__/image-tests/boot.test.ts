import { join } from "node:path";
import { beforeAll, expect } from "@jest/globals";
import type { Communicator } from "../../src/core/communicator.js";
import { testBoot } from "../../src/image-tests/boot.js";
import { sshMachine } from "../provisioners/machine.js";
import { provisionerContext } from "../provisioners/provision.js";
import { type Recording, recordPrograms } from "../provisioners/recording.js";
import { describe, test } from "../ssh/openssh.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder("boot");
const machine = sshMachine(() => [`SetEnv PATH=${join(folder(), "bin")}:${process.env.PATH}`]);
let programs: Recording;

beforeAll(() => {
  programs = recordPrograms(folder(), ["systemctl", "cloud-init"]);
});

/** Tests the boot of a machine whose programs do this; returns outcome, name, message and last lines, and the waits. */
async function boot(given: { readonly systemctl?: string; readonly cloudInit?: string }, more?: Partial<Communicator>) {
  programs.respond("systemctl", given.systemctl ?? "echo running");
  programs.respond("cloud-init", given.cloudInit ?? "echo status: done");
  const context = provisionerContext({ ...machine.communicator(), ...more }, folder());
  let now = 0;
  const sleep = async (milliseconds: number) => {
    // Fewer commands until the limit.
    now += 20 * milliseconds;
  };
  const clock = { now: () => now, sleep };
  const results = await testBoot({ ...context, surroundings: { ...context.surroundings, clock } });
  const waits = context.events.flatMap((event) => (event.type === "progress" ? [`${event.what}: ${event.text}`] : []));
  const texts = results.map(({ outcome, name, message, output }) =>
    [`${outcome} ${name}`, message, output.join("|") || undefined].filter((part) => part !== undefined).join("; "),
  );
  return { texts, waits, elapsed: now };
}

const PASSED = ["passed boot: systemd", "passed boot: cloud-init"];

/** Responds with one text after the other; the last one stays. */
function inTurn(name: string, ...texts: readonly string[]): string {
  const count = `n=$(cat "$0.${name}" 2>/dev/null || echo 0); echo $((n + 1)) > "$0.${name}"`;
  const cases = texts.map((text, index) => `${index === texts.length - 1 ? "*" : index}) ${text} ;;`);
  return `${count}; case $n in ${cases.join(" ")} esac`;
}

test("passes when both have finished", async () => {
  expect(await boot({})).toEqual({ texts: PASSED, waits: [], elapsed: 0 });
});

test("waits while the machine starts", async () => {
  const { texts, waits } = await boot({
    systemctl: inTurn("wait", "echo initializing; exit 1", "echo starting; exit 1", "echo running"),
    cloudInit: inTurn("wait", "echo 'status: not run'", "echo 'status: running'", "echo 'status: done'"),
  });
  expect(texts[0]).toBe("passed boot: systemd");
  expect(waits.slice(0, 2)).toEqual([
    "waiting for systemd to finish the boot: initializing",
    "waiting for systemd to finish the boot: starting",
  ]);
});

describe("systemd", () => {
  const units =
    'case "$*" in *--failed*) echo "● web.service loaded failed failed Web"; echo "db@1.service loaded failed failed DB";;';
  test.each<[string, string, string]>([
    [
      "degraded, with the failed units and their status",
      `${units} status*) echo "$*"; exit 3;; *) echo degraded; exit 1;; esac`,
      "failed boot: systemd; degraded: failed units web.service, db@1.service; status --no-pager --full --lines=5 -- web.service db@1.service",
    ],
    [
      "degraded, without units that are known",
      'case "$*" in *--failed*) echo "$(id) ;x";; *) echo degraded;; esac',
      "failed boot: systemd; degraded",
    ],
    ["maintenance", "echo maintenance; exit 1", "failed boot: systemd; maintenance"],
    ["no state", "exit 1", "failed boot: systemd; systemctl printed no state"],
    ["an error", "echo 'Failed to connect to bus' >&2; exit 1", "failed boot: systemd; Failed to connect to bus"],
    ["offline", "echo offline; exit 1", "skipped boot: systemd; systemd does not run on this instance"],
    ["starting for ever", "echo starting", 'failed boot: systemd; still "starting" after 10 minutes'],
    ["endless output", "yes", "failed boot: systemd; systemctl printed more than 64000 bytes"],
  ])("%s", async (_, systemctl, expected) => {
    expect((await boot({ systemctl })).texts[0]).toBe(expected);
  });
});

describe("cloud-init", () => {
  test.each<[string, string, string]>([
    [
      "an error with its detail",
      "printf 'status: error\\ntime: x\\ndetail:\\n(\"scripts_user\", RuntimeError())\\n'; exit 1",
      'failed boot: cloud-init; error: ("scripts_user", RuntimeError()); status: error|time: x|detail:|("scripts_user", RuntimeError())',
    ],
    [
      "recoverable errors, where the distribution counts them",
      "printf 'status: done\\nextended_status: degraded done\\nrecoverable_errors:\\nWARNING:\\n  - no header\\n'; exit 2",
      "failed boot: cloud-init; done: WARNING: - no header; status: done|extended_status: degraded done|recoverable_errors:|WARNING:|  - no header",
    ],
    [
      "recoverable errors, where it does not",
      "printf 'status: done\\nextended_status: degraded done\\n'",
      "passed boot: cloud-init",
    ],
    ["disabled", "echo 'status: disabled'", "skipped boot: cloud-init; cloud-init is disabled"],
    [
      "not started although the boot has finished",
      "echo 'status: not started'",
      "skipped boot: cloud-init; cloud-init did not run",
    ],
    [
      "a version without the command",
      "echo \"cloud-init: error: argument subcommand: invalid choice: 'status'\" >&2; exit 2",
      "skipped boot: cloud-init; this version of cloud-init has no status",
    ],
    [
      "a failure of the program",
      "echo Traceback; echo 'ImportError: x'; exit 1",
      "failed boot: cloud-init; ImportError: x; Traceback|ImportError: x",
    ],
    ["dots before the status", "echo; echo '.....'; echo 'status: done'", "passed boot: cloud-init"],
    ["running for ever", "echo 'status: running'", 'failed boot: cloud-init; still "running" after 10 minutes'],
  ])("%s", async (_, cloudInit, expected) => {
    expect((await boot({ cloudInit })).texts[1]).toBe(expected);
  });
});

test("a machine without these programs has no result", async () => {
  const exec: Communicator["exec"] = (command, options) =>
    machine.communicator().exec(command.replaceAll(/command -v (systemctl|cloud-init)/g, "command -v no-$1"), options);
  expect((await boot({}, { exec })).texts).toEqual([]);
});

test("Windows has no result", async () => {
  expect((await boot({}, { isWindows: true })).texts).toEqual([]);
});

test("a lost connection is a failure", async () => {
  const exec: Communicator["exec"] = async () => ({ status: "disconnected", reason: "no response" });
  expect((await boot({}, { exec })).texts[0]).toBe("failed boot: systemd; connection lost: no response");
});
