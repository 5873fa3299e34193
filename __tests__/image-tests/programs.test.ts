import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, beforeEach, expect } from "@jest/globals";
import type { Communicator } from "../../src/core/communicator.js";
import type { TestResult } from "../../src/core/image-tests.js";
import { runTests } from "../../src/image-tests/run.js";
import { sshMachine } from "../provisioners/machine.js";
import { outputOf, provisionerContext } from "../provisioners/provision.js";
import { type Recording, recordPrograms, writeFiles } from "../provisioners/recording.js";
import { describe, test } from "../ssh/openssh.js";
import { temporaryFolder } from "../support/folder.js";

// InSpec and goss are in no package registry: stand-ins record their arguments, and write results as they do.
const folder = temporaryFolder("test-programs");
const at = (...names: string[]) => join(folder(), ...names);
const machine = sshMachine(() => [`SetEnv PATH=${at("machine/bin")}:${process.env.PATH}`]);
let programs: Recording;
let cinc: Recording;

beforeAll(() => {
  programs = recordPrograms(folder(), ["inspec", "goss"]);
  cinc = recordPrograms(at("cinc"), ["cinc-auditor"]);
  // The boot of this host is not tested.
  recordPrograms(at("machine"), ["systemctl", "cloud-init"]);
  writeFiles(at("here"), { "goss.json": "{}", "goss.yaml": "file: {}\n", "profile/inspec.yml": "name: web\n" });
});

beforeEach(() => programs.clear());

interface Given {
  readonly path?: string;
  readonly goss?: string;
  readonly machine?: Partial<Communicator>;
}

/** Runs tests with programs on the PATH of the runner; returns the results without those of the boot. */
async function run(lines: readonly string[], given: Given = {}) {
  const context = provisionerContext({ ...machine.communicator(), ...given.machine }, at("here"));
  const env = { ...process.env, PATH: given.path ?? `${at("bin")}:${process.env.PATH}`, GOSS_PATH: given.goss };
  const own = { ...context, surroundings: { ...context.surroundings, env } };
  context.narrator.secret("hunter2");
  const tested = { instanceType: "t3.small", machine: context.machine, signal: context.signal };
  const results = (await runTests({ lines, instanceTypes: [] }, own, tested)).filter(({ name }) => !/^boot/.test(name));
  const calls = programs
    .calls()
    .map((call) => call.replaceAll(/\/\S*?bake-login-\w+/g, "LOGIN").replaceAll(folder(), ""));
  return { texts: results.map(short), results, calls, events: context.events };
}

function short({ outcome, name, message, output }: TestResult): string {
  return [`${outcome} ${name}`, message, output.join("|") || undefined].filter((part) => part !== undefined).join("; ");
}

const CASES =
  '<testcase name="Port 80" classname="web.a" time="0.5"/><testcase name="File x" classname="web.b"><failure message="no hun&#116;er2"/></testcase>';

/** Writes JUnit XML to the file of the last argument, as InSpec does. */
const inspecWrites = (cases: string, code: number) =>
  `for last; do :; done; echo "on the screen"; printf '%s' '<testsuites><testsuite name="web">${cases}</testsuite></testsuites>' > "\${last#junit:}"; exit ${code}`;

describe("inspec", () => {
  test("runs on the runner with a login to the machine, and its results are read", async () => {
    programs.respond("inspec", inspecWrites(CASES, 100));
    const { texts, calls, events } = await run(["inspec:profile"]);
    expect(texts).toEqual([
      "passed inspec:profile: Port 80",
      "failed inspec:profile: File x; no <sensitive>; on the screen",
    ]);
    expect(outputOf(events)).toEqual(["on the screen"]);
    expect(calls.map((call) => call.replace(/\[--port\] \[\d+\]/, "[--port] [PORT]"))).toEqual([
      `inspec [exec] [/here/profile] [--backend] [ssh] [--host] [127.0.0.1] [--port] [PORT] [--user] [${machine.sshd().user}] [--key-files] [LOGIN/key] [--no-create-lockfile] [--reporter] [cli] [junit:LOGIN/results.xml]`,
    ]);
  });

  test("of the CINC project is used where it is installed, and can log in to the machine", async () => {
    const ssh =
      'ssh -F none -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o LogLevel=ERROR -i "${12}" -p "$8" "${10}@$6"';
    cinc.respond("cinc-auditor", `${ssh} 'echo "port \${SSH_CONNECTION##* }"'`);
    const { texts, events } = await run(["inspec:https://example.com/web.git"], {
      path: `${at("cinc/bin")}:/usr/bin:/bin`,
    });
    expect(outputOf(events)).toEqual([`port ${machine.sshd().port}`]);
    expect(texts).toEqual(["passed inspec:https://example.com/web.git"]);
  });

  test.each<[string, string, readonly string[]]>([
    [
      "skipped controls are no failure",
      inspecWrites('<testcase name="a"><skipped/></testcase>', 101),
      ["skipped inspec:profile: a"],
    ],
    [
      "a failure that no result shows",
      inspecWrites('<testcase name="a"/>', 1),
      ["passed inspec:profile: a", "failed inspec:profile; InSpec ended with exit status 1; on the screen"],
    ],
    [
      "results that are too long",
      `for last; do :; done; head -c 4200000 /dev/zero | tr '\\0' ' ' > "\${last#junit:}"`,
      ["failed inspec:profile; The results of InSpec are too long to be read"],
    ],
    [
      "a license that is not accepted",
      "exit 172",
      [
        'failed inspec:profile; InSpec ended with exit status 172; set the environment variable CHEF_LICENSE to "accept-silent"',
      ],
    ],
  ])("%s", async (_, response, expected) => {
    programs.respond("inspec", response);
    expect((await run(["inspec:profile"])).texts).toEqual(expected);
  });

  test("that is missing is a failed test, which says what to install", async () => {
    expect((await run(["inspec:profile"], { path: at("here") })).texts).toEqual([
      'failed inspec:profile; "inspec" is not installed on this host. Install InSpec or CINC Auditor in an earlier step of the job.',
    ]);
  });

  test("needs SSH", async () => {
    expect((await run(["inspec:profile"], { machine: { type: "winrm" } })).texts).toEqual([
      "failed inspec:profile; InSpec tests connect by SSH, and this instance is connected by WinRM",
    ]);
  });
});

/** Prints JUnit XML, and the goss file that it gets. */
const gossPrints = (cases: string, code: number) =>
  `cat "$2" >&2; printf '%s\\n' '<?xml version="1.0"?>' '<testsuite name="goss">${cases}</testsuite>'; exit ${code}`;

describe("goss", () => {
  test("is uploaded with its file, and its results are read", async () => {
    programs.respond("goss", gossPrints('<testcase name="File /x"><failure>no</failure></testcase>', 1));
    const { texts, calls, events } = await run(["goss:goss.json"], { goss: at("bin/goss") });
    expect(texts).toEqual(["failed goss:goss.json: File /x; no; no"]);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatch(
      /^goss \[--gossfile\] \[\/tmp\/bake-ami-goss-\w{10}\/goss\.json\] \[validate\] \[--format\] \[junit\] \[--no-color\]$/,
    );
    // The XML is not printed.
    expect(outputOf(events)).toEqual([]);
    expect(existsSync(dirname(/\[(\/tmp\/[^\]]+)\]/.exec(calls[0] ?? "")?.[1] ?? "/"))).toBe(false);
  });

  test("is found on the PATH", async () => {
    programs.respond("goss", gossPrints('<testcase name="a"/><testcase name="b"/>', 0));
    expect((await run(["goss:goss.yaml"])).texts).toEqual(["passed goss:goss.yaml: a", "passed goss:goss.yaml: b"]);
  });

  test("with an error has its last lines", async () => {
    programs.respond("goss", "echo 'Error: bad file'; exit 78");
    expect((await run(["goss:goss.yaml"])).texts).toEqual([
      "failed goss:goss.yaml; goss failed: exit status 78; Error: bad file",
    ]);
  });

  test("of another architecture is a failed test", async () => {
    programs.respond("goss", "echo 'Exec format error' >&2; exit 126");
    expect((await run(["goss:goss.yaml"])).texts).toEqual([
      "failed goss:goss.yaml; goss cannot run on this instance: it must be the Linux program for its architecture; Exec format error",
    ]);
  });

  test.each<[string, Given, string]>([
    [
      "that is missing",
      { path: "" },
      '"goss" is not installed on this host. Install goss for Linux, with the architecture of the image, in an earlier step of the job, or set GOSS_PATH to its path.',
    ],
    ["of Windows", { machine: { isWindows: true } }, "goss tests run on Linux instances only"],
  ])("%s is a failed test", async (_, given, message) => {
    expect((await run(["goss:goss.yaml"], given)).texts).toEqual([`failed goss:goss.yaml; ${message}`]);
  });
});
