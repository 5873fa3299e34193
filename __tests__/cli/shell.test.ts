import { expect, test } from "@jest/globals";
import { runCommandLine } from "../../src/cli/run.js";
import { sealTerminal } from "../../src/cli/sealed-terminal.js";
import type { Terminal } from "../../src/cli/terminal.js";
import { noDebug } from "../../src/core/debug.js";
import { redactor } from "../../src/core/secrets/redactor.js";
import type { Engine, ShellRun } from "../../src/engine/api.js";
import { testStreams } from "../support/streams.js";
import { recordedEngine } from "./engine.js";

/** Runs a command line. The shell prints `said` and ends with exit code 5. */
async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}, said = "") {
  const runs: ShellRun[] = [];
  const streams = testStreams(false);
  const out: string[] = [];
  const terminal: Terminal = {
    write: (line) => void streams.output.write(`${line}\n`),
    error: (line) => out.push(line),
    isTerminal: false,
    isFile: false,
    streams,
    whileOthersPrint: (work) => work(),
    ask: undefined,
    readAll: async () => "",
    async *readLines() {},
  };
  const secrets = redactor();
  secrets.add("hunter22");
  const engine: Engine = {
    ...recordedEngine([]),
    shell: async (request) => {
      runs.push(request);
      request.report("Connecting to hunter22");
      request.streams.output.write(said);
      return 5;
    },
  };
  const code = await runCommandLine(args, {
    terminal: sealTerminal(terminal, { secrets, env }),
    engine,
    env,
    cwd: "/work",
    secrets,
    debug: noDebug,
    signal: new AbortController().signal,
  });
  return { code, runs, out, printed: streams.printed() };
}

test.each([
  [["i-1"], { instanceId: "i-1", command: [], access: "auto", user: undefined, keyFile: undefined, port: 22 }],
  [["i-1", "--", "ls", "-h", "--help"], { command: ["ls", "-h", "--help"] }],
  [["i-1", "uptime"], { command: ["uptime"] }],
  [
    ["-region=eu-west-1", "-access=session-manager", "-ssh-username=web", "-ssh-port=2222", "i-1"],
    { region: "eu-west-1", access: "session-manager", user: "web", port: 2222 },
  ],
  [["i-1", "-ssh-private-key-file", "keys/web.pem"], { keyFile: "/work/keys/web.pem" }],
])("shell %j opens a shell and returns its exit code", async (args, request) => {
  const { code, runs } = await run(["shell", ...args]);
  expect(code).toBe(5);
  expect(runs).toMatchObject([request]);
});

test.each([
  [[], "The ID of an instance is required"],
  [["-access=ssm", "i-1"], 'Flag "-access" must be one of'],
  [["-region=nowhere", "i-1"], 'Flag "-region"'],
])("shell %j is refused", async (args, text) => {
  const { code, runs, out, printed } = await run(["shell", ...args]);
  expect({ code, runs }).toEqual({ code: 1, runs: [] });
  expect([...out, printed].join("\n")).toContain(text);
});

test("what the instance prints is passed on as it is, and lines of bake-ami are redacted", async () => {
  const said = "\u001b[31mhunter22\u001b[0m\r\n::error::x\n";
  const { out, printed } = await run(["shell", "i-1"], {}, said);
  expect(printed).toBe(said);
  expect(out).toEqual(["Connecting to <sensitive>"]);
});

test("in a step of a workflow, nothing of it is a workflow command", async () => {
  const { printed } = await run(["shell", "i-1", "--", "cat", "log"], { GITHUB_ACTIONS: "true" }, "::error::x\n");
  expect(printed).toMatch(/^::stop-commands::([\w-]+)\n::error::x\n::\1::\n$/);
});
