import { join } from "node:path";
import { beforeAll, beforeEach, expect } from "@jest/globals";
import type { Communicator } from "../../src/core/communicator.js";
import { BakeError, Cancelled } from "../../src/core/errors.js";
import type { TestResult } from "../../src/core/image-tests.js";
import { redactor } from "../../src/core/secrets/redactor.js";
import { runTests } from "../../src/image-tests/run.js";
import { runScript } from "../../src/image-tests/run-script.js";
import { sshMachine } from "../provisioners/machine.js";
import { outputOf, provisionerContext } from "../provisioners/provision.js";
import { type Recording, recordPrograms, writeFiles } from "../provisioners/recording.js";
import { testClock } from "../provisioners/windows/machine.js";
import { describe, test } from "../ssh/openssh.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder("image-tests");
const at = (...names: string[]) => join(folder(), ...names);
const machine = sshMachine(() => [`SetEnv PATH=${at("bin")}:${process.env.PATH}`]);
let programs: Recording;

beforeAll(() => {
  programs = recordPrograms(folder(), ["systemctl", "cloud-init"]);
  writeFiles(at("here"), {
    "web.sh": 'echo "built by $PACKER_BUILD_NAME ($PACKER_BUILDER_TYPE)"\n',
    "fails.sh": "#!/bin/sh\nfor i in $(seq 1 20); do echo line $i; done\necho wrong >&2\nexit 3\n",
    "killed.sh": "#!/bin/sh\nkill -9 $$\n",
    "dir/20-b.sh": "#!/bin/sh\necho b\n",
    "dir/10-a": "#!/bin/sh\necho a\n",
    "dir/.hidden": "exit 1\n",
    "dir/10-a~": "exit 1\n",
    "dir/sub/c.sh": "exit 1\n",
    "tap.sh": "#!/bin/sh\nprintf '1..3\\nok 1 - one\\nnot ok 2 - two\\n# why\\nok 3 - three # SKIP no\\n'\n",
    "tap-exit.sh": "#!/bin/sh\nprintf '1..1\\nok 1 - one\\n'; echo end; exit 4\n",
    "junit.sh": `#!/bin/sh\ncat <<'EOT'\n<testsuite name="s"><testcase name="a" classname="x" time="1.5"/><testcase name="a" classname="y"><failure message="no"/></testcase></testsuite>\nEOT\n`,
    "secret.sh": '#!/bin/sh\nprintf "1..1\\nnot ok 1 - is hun"; printf "ter2\\n# value hunter2\\n"; exit 1\n',
    "commands.sh": "#!/bin/sh\nprintf '1..1\\nnot ok 1 - a\\n# \\033[31m::error::x\\r\\n'\nprintf '::warning::y\\n'\n",
    "long.sh": "#!/bin/sh\nprintf 'TAP version 13\\n1..1\\nok 1 - a\\n'\nhead -c 1500000 /dev/zero | tr '\\0' 'x'\n",
    "waits.sh": "#!/bin/sh\necho waiting\nwhile echo; do sleep 0.2; done\n",
    "many.sh": '#!/bin/sh\necho 1..1500\nfor i in $(seq 1 1499); do echo "ok $i"; done\necho not ok 1500 last\n',
  });
});

beforeEach(() => {
  programs.respond("systemctl", "echo running");
  programs.respond("cloud-init", "echo status: done");
});

/** Scripts are uploaded to a directory of this test: those that fail stay on the machine. */
function communicator(more: Partial<Communicator> = {}): Communicator {
  const own = (text: string) => text.replaceAll("/tmp/script_", at("script_"));
  const real = machine.communicator();
  return {
    ...real,
    exec: (command, options) => real.exec(own(command), options),
    uploadFile: (source, destination, options) => real.uploadFile(source, own(destination), options),
    ...more,
  };
}

const SETTINGS = { instanceType: "t3.small", signal: new AbortController().signal };

/** Runs tests; returns results in short, without those of the boot, and the events. */
async function run(lines: readonly string[], instanceTypes: readonly string[] = []) {
  const secrets = redactor();
  const context = provisionerContext(communicator(), at("here"));
  context.narrator.secret("hunter2");
  const results = await runTests({ lines, instanceTypes }, context, { ...SETTINGS, machine: context.machine });
  expect(results.slice(0, 2).map(short)).toEqual(["passed boot: systemd", "passed boot: cloud-init"]);
  return { results: results.slice(2), events: context.events, secrets };
}

function short({ outcome, name, message, output }: TestResult): string {
  return [`${outcome} ${name}`, message, output.length > 0 ? output.join("|") : undefined]
    .filter((part) => part !== undefined)
    .join("; ");
}

describe("scripts", () => {
  const last = [...Array.from({ length: 14 }, (_, index) => `line ${index + 7}`), "wrong"].join("|");
  test.each<[string, readonly string[], readonly string[]]>([
    ["that pass", ["web.sh"], ["passed web.sh"]],
    [
      "that fail, and do not stop the others",
      ["fails.sh", "web.sh"],
      [`failed fails.sh; exit status 3; ${last}`, "passed web.sh"],
    ],
    ["of a directory, in order", ["dir/"], ["passed dir/10-a", "passed dir/20-b.sh"]],
    [
      "that are removed meanwhile",
      ["gone.sh"],
      ['failed gone.sh; Cannot read script "gone.sh": no such file or directory'],
    ],
    ["with TAP", ["tap.sh"], ["passed tap.sh: one", "failed tap.sh: two; why; why", "skipped tap.sh: three; no"]],
    [
      "whose exit status alone shows the failure",
      ["tap-exit.sh"],
      ["passed tap-exit.sh: one", "failed tap-exit.sh; exit status 4; 1..1|ok 1 - one|end"],
    ],
  ])("%s", async (_, lines, expected) => expect((await run(lines)).results.map(short)).toEqual(expected));

  test("that are killed", async () => {
    const [result] = (await run(["killed.sh"])).results;
    // By the login shell.
    expect(result?.message).toMatch(/^(signal SIGKILL|exit status 137)$/);
  });

  test("with JUnit XML: names with their class where two are the same, and times", async () => {
    const { results } = await run(["junit.sh"]);
    expect(results).toMatchObject([
      { name: "junit.sh: x: a", outcome: "passed", duration: 1500 },
      { name: "junit.sh: y: a", outcome: "failed", message: "no", output: [expect.stringContaining("<testsuite")] },
    ]);
  });

  test("have the variables of the shell provisioner, and their output is in the log", async () => {
    const { events } = await run(["web.sh"]);
    expect(outputOf(events)).toEqual(["built by web (amazon-ebs)"]);
    const said = events.flatMap((event) => (event.type === "say" || event.type === "message" ? [event.text] : []));
    expect(said.map((text) => text.replace(/\(.*\)$/, "(TIME)"))).toEqual([
      "Testing on t3.small: boot",
      "boot: 2 passed (TIME)",
      "Testing on t3.small: web.sh",
      "web.sh: 1 passed (TIME)",
    ]);
  });
});

test("with several types, each line in the log names the type", async () => {
  const { results, events } = await run(["fails.sh"], ["t3.small", "t3.nano"]);
  expect(outputOf(events).slice(0, 2)).toEqual(["t3.small: line 1", "t3.small: line 2"]);
  expect(results[0]?.output.at(-1)).toBe("wrong");
  expect(events.filter(({ type }) => type === "message").at(-2)).toMatchObject({
    text: "t3.small: Failed: fails.sh: exit status 3",
  });
});

describe("hostile output", () => {
  test("no secret is in a result or in the log", async () => {
    const { results, events } = await run(["secret.sh"]);
    expect(results.map(short)).toEqual(["failed secret.sh: is <sensitive>; value <sensitive>; value <sensitive>"]);
    expect(JSON.stringify(events.filter(({ type }) => type !== "secret"))).not.toContain("hunter2");
  });

  test("terminal sequences and line ends are not in a result", async () => {
    const [result] = (await run(["commands.sh"])).results;
    expect(result).toMatchObject({ name: "commands.sh: a", message: "::error::x", output: ["::error::x"] });
  });

  test("of a script that prints more than 1 MB, the TAP is not complete", async () => {
    const { results } = await run(["long.sh"]);
    expect(results.map(({ message }) => message)).toEqual([
      undefined,
      "The output is longer than 1 MB, so its TAP was not read to the end",
    ]);
  });

  test("of 1,500 tests, 1,000 are listed, and a failure of the others is not lost", async () => {
    const { results } = await run(["many.sh"]);
    expect(results).toHaveLength(1001);
    expect(results.at(-1)).toMatchObject({ outcome: "failed", message: "1 more failed tests are not listed" });
  });
});

test("a test of TAP takes from the line before to its own, unless it reports its duration", async () => {
  const clock = testClock();
  const pieces = ["1..3\nok 1 - a\nok 2", " - b\n", "ok 3 - c\n  ---\n  duration_ms: 7\n  ...\n"];
  const exec: Communicator["exec"] = async (_, options) => {
    for (const piece of options?.onOutput ? pieces : []) {
      await clock.sleep(100);
      options?.onOutput?.(Buffer.from(piece), "stdout");
    }
    return { status: "exited", code: 0 };
  };
  const context = provisionerContext(
    { ...machine.communicator(), exec, uploadFile: async () => undefined },
    at("here"),
  );
  const results = await runScript("web.sh", { ...context, surroundings: { ...context.surroundings, clock } });
  expect(results.map(({ duration }) => duration)).toEqual([100, 100, 7]);
});

describe("a script that does not end", () => {
  /** Aborts the bake or the time limit as soon as the script runs. */
  async function stopped(bake: AbortController, limit: AbortController, stop: () => void) {
    const context = provisionerContext(communicator(), at("here"), { signal: bake.signal });
    const { narrator } = context;
    const emit: typeof narrator.emit = (data) => {
      narrator.emit(data);
      if (data.type === "progress" || (data.type === "output" && data.text === "waiting")) stop();
    };
    const signal = AbortSignal.any([bake.signal, limit.signal]);
    const tested = { instanceType: "t3.small", machine: context.machine, signal };
    const results = await runTests(
      { lines: ["waits.sh", "web.sh"], instanceTypes: [] },
      { ...context, narrator: { ...narrator, emit } },
      tested,
    );
    return results.map(short);
  }

  test("fails at the time limit, and the others are skipped", async () => {
    const limit = new AbortController();
    const reason = new BakeError("The tests took longer than 30 minutes", { code: "test-timeout" });
    expect(await stopped(new AbortController(), limit, () => limit.abort(reason))).toEqual([
      "passed boot: systemd",
      "passed boot: cloud-init",
      "failed waits.sh; The tests took longer than 30 minutes; waiting",
      "skipped web.sh; Not run: The tests took longer than 30 minutes",
    ]);
  });

  test("during the boot is a failure of the boot", async () => {
    programs.respond("systemctl", "echo starting");
    const limit = new AbortController();
    expect(await stopped(new AbortController(), limit, () => limit.abort(new Error("too long")))).toEqual([
      "failed boot; too long",
      "skipped waits.sh; Not run: too long",
      "skipped web.sh; Not run: too long",
    ]);
  });

  test("rejects when the bake is cancelled", async () => {
    const bake = new AbortController();
    const reason = new Cancelled("interrupted");
    await expect(stopped(bake, new AbortController(), () => bake.abort(reason))).rejects.toBe(reason);
  });
});
