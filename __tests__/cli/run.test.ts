import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { openLedgerFile } from "../../src/cli/ledger-file.js";
import { COMMANDS, runCommandLine } from "../../src/cli/run.js";
import { noDebug } from "../../src/core/debug.js";
import { redactor } from "../../src/core/secrets/redactor.js";
import type { Engine } from "../../src/engine/api.js";
import { at, mixedBake, successfulBake } from "../report/events.js";
import { temporaryFolder } from "../support/folder.js";
import { noStreams } from "../support/streams.js";
import { recordedEngine } from "./engine.js";

const folder = temporaryFolder("cli");

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(
  args: readonly string[],
  engine: Engine = recordedEngine([]),
  isTerminal = false,
  input = "",
): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCommandLine(args, {
    terminal: {
      write: (line) => out.push(line),
      error: (line) => err.push(line),
      isTerminal,
      isFile: false,
      streams: noStreams(),
      whileOthersPrint: (work) => work(),
      ask: undefined,
      readAll: async () => input,
      async *readLines() {
        yield* input.split("\n");
      },
    },
    engine,
    env: { XDG_STATE_HOME: folder(), LOCALAPPDATA: folder(), HOME: folder() },
    cwd: folder(),
    secrets: redactor(),
    debug: noDebug,
    signal: new AbortController().signal,
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

/** The error for a file that does not exist. */
function missingFile(path: string): string {
  const hint = `Check the path. Relative paths start from "${folder()}".`;
  return `Error: Could not read "${path}": no such file or directory\n  Hint: ${hint}\n`;
}

describe("the command line", () => {
  test.each([
    [[], 127, "Usage: bake-ami"],
    [["buidl"], 127, "Unknown command: buidl (did you mean build?)"],
    [["build"], 1, "A template is required"],
    [["build", "a.json", "b.json"], 1, 'Too many arguments: "a.json", "b.json"; at most 1 is allowed'],
    [["build", "-forse", "a.json"], 1, "flag provided but not defined: -forse (did you mean -force?)"],
    [["build", "-on-error=never", "-regions=nowhere", "a.json"], 1, 'Flag "-on-error" must be one of'],
  ])("%j ends with %i", async (args, code, text) => {
    const ran = await run(args);
    expect(ran.code).toBe(code);
    expect(ran.err).toContain(text);
    expect(ran.out).toBe("");
  });

  test.each([
    [["build", "-forse", "a.json"], "flag provided but not defined: -forse (did you mean -force?)"],
    [["buidl"], "Unknown command: buidl (did you mean build?)"],
  ])("%j prints only the mistake", async (args, line) => {
    expect((await run(args)).err).toBe(line);
  });

  test.each([
    [["-max-age=7d"], 'Flag "-max-age" has no effect without "-skip-unchanged"'],
    [["-packages=compare"], 'Flag "-packages" is set to "compare", which has no effect without "-ssm-parameter"'],
  ])("%j alone is a warning, and the template is baked", async (flags, summary) => {
    const { code, err } = await run(["build", ...flags, "web.json"], recordedEngine(successfulBake()));
    expect(code).toBe(0);
    expect(err).toContain(`Warning: ${summary}\n  Hint: `);
    const complete = ["-skip-unchanged", "-ssm-parameter=/images/web"];
    expect((await run(["build", ...complete, ...flags, "web.json"], recordedEngine(successfulBake()))).err).toBe("");
  });

  test("cleanup of a ledger that does not exist reports the path", async () => {
    const path = join(folder(), "none.jsonl");
    const err = `Error: Could not read "${path}": no such file or directory\n  Hint: Check the path.\n`;
    expect(await run(["cleanup", path])).toMatchObject({ code: 1, err });
  });

  test("reports all invalid flags together", async () => {
    const { err } = await run(["build", "-on-error=never", "-regions=nowhere", "-max-age=old", "a.json"]);
    expect(err.split("\n").filter((line) => line.startsWith('Error: Flag "-'))).toHaveLength(3);
  });

  test.each([["--help"], ["-h"], ["help"]])("%s lists the commands", async (flag) => {
    const { code, out } = await run([flag]);
    expect(code).toBe(0);
    for (const { name } of COMMANDS) expect(out).toContain(`    ${name}`);
  });

  test.each(COMMANDS.map(({ name }) => name))("%s has a help text with all its flags", async (name) => {
    const { code, out } = await run([name, "-help"]);
    expect(code).toBe(0);
    for (const flag of COMMANDS.find((c) => c.name === name)?.flags ?? []) expect(out).toContain(`  -${flag.name}`);
  });

  test("--version", async () => {
    expect((await run(["--version"])).out).toMatch(/^bake-ami v\d+\.\d+\.\d+$/);
  });
});

describe("build", () => {
  test("prints the progress and ends with 0", async () => {
    const { code, out, err } = await run(["build", "web.json"], recordedEngine(successfulBake()));
    expect(code).toBe(0);
    expect(err).toBe("");
    expect(out).toContain("==> web: Launching a source AWS instance...");
    expect(out).toContain("us-east-1: ami-1");
    expect(out).not.toContain("\u001b");
  });

  test("ends with 1 when any build failed", async () => {
    expect((await run(["build", "web.json"], recordedEngine(mixedBake()))).code).toBe(1);
  });

  test("passes the flags to the engine", async () => {
    const engine = recordedEngine(successfulBake());
    const flags = [
      "-var",
      "a=1",
      "-var-file=x.json",
      "-only=web,db",
      "-force",
      "-parallel-builds=2",
      "-regions=eu-west-1",
    ];
    await run(["build", ...flags, "-ssm-parameter=/images/{image}/latest", "-timestamp-ui", "web.json"], engine);
    expect(engine.requests).toMatchObject([
      {
        workingDirectory: folder(),
        template: {
          path: "web.json",
          variables: [{ name: "a", value: "1" }],
          variableFiles: ["x.json"],
          only: ["web", "db"],
        },
        settings: { force: true, regions: ["eu-west-1"], onError: "cleanup" },
        parallelBuilds: 2,
        ssmParameter: "/images/{image}/latest",
      },
    ]);
  });

  test("colours on a terminal, not with -color=false", async () => {
    expect((await run(["build", "web.json"], recordedEngine(successfulBake()), true)).out).toContain("\u001b[1;32m");
    const plain = await run(["build", "-color=false", "web.json"], recordedEngine(successfulBake()), true);
    expect(plain.out).not.toContain("\u001b");
    expect(plain.out).not.toContain("output will be in this color");
  });

  test("colors output without a terminal with -color, but no records", async () => {
    expect((await run(["build", "web.json"], recordedEngine(successfulBake()))).out).not.toContain("\u001b");
    expect((await run(["build", "-color", "web.json"], recordedEngine(successfulBake()))).out).toContain(
      "\u001b[1;32m",
    );
    const records = await run(["-machine-readable", "build", "-color", "web.json"], recordedEngine(successfulBake()));
    expect(records.out).not.toContain("\u001b");
  });

  test("-machine-readable is accepted anywhere", async () => {
    const { out } = await run(["-machine-readable", "build", "web.json"], recordedEngine(successfulBake()));
    for (const line of out.split("\n")) expect(line).toMatch(/^\d{10},\w*,(ui|artifact|artifact-count),/);
    expect(out).toContain(",web,artifact,0,id,us-east-1:ami-1");
  });

  test("no secret of the template reaches output or files", async () => {
    const events = [...successfulBake()];
    events.splice(3, 0, at(1, { type: "output", stream: "stdout", text: "the password is hunter2" }));
    const flags = ["-summary=summary.md", "-comment=comment.md"];
    const { out } = await run(["build", ...flags, "web.json"], recordedEngine(events));
    const files = ["summary.md", "comment.md"].map((name) => readFileSync(join(folder(), name), "utf8"));
    expect(files[0]).toContain("ami-1");
    expect([out, ...files].join("\n")).not.toContain("hunter2");
  });

  test("a summary that cannot be written is a warning: the comment is written, and the exit code is that of the bake", async () => {
    writeFileSync(join(folder(), "a-file"), "");
    const flags = ["-summary=a-file/summary.md", "-comment=beyond.md"];
    const { code, out, err } = await run(["build", ...flags, "web.json"], recordedEngine(successfulBake()));
    expect([code, out]).toEqual([0, expect.stringContaining("ami-1")]);
    expect(err).toContain('Warning: Could not write "a-file/summary.md": ');
    expect(readFileSync(join(folder(), "beyond.md"), "utf8")).toContain("ami-1");
  });

  test("an invalid template is reported and not baked", async () => {
    const diagnostics = [{ severity: "error", code: "x", summary: "unknown key", hint: "is hunter2 it?" }] as const;
    const engine = recordedEngine([], { diagnostics, plan: undefined });
    const { code, err } = await run(["build", "web.json"], engine);
    expect(code).toBe(1);
    expect(err).toContain("Error: unknown key\n  Hint: is <sensitive> it?");
    expect(engine.runs).toEqual([]);
  });

  test("a run that created nothing leaves no ledger", async () => {
    await run(["build", "web.json"], recordedEngine(successfulBake()));
    expect(existsSync(join(folder(), "bake-ami", "ledgers"))).toBe(false);
  });
});

test.each([
  ["promote", "/images/web", "us-east-1:ami-0123456789abcdef0", "-keep=none"],
  ["history", "/images/web", "-most=none"],
  ["sweep", "-regions=none"],
])("%s reports an invalid flag and does nothing", async (...args) => {
  const { code, out, err } = await run(args);
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(/^Error: Flag "-(keep|most|regions)" (must be|is not) .*"none"/);
});

test("prune requires a retention rule", async () => {
  expect(await run(["prune"])).toMatchObject({ code: 1, err: expect.stringContaining("-keep=5") });
});

describe("local", () => {
  const engine: Engine = {
    ...recordedEngine([]),
    localContents: async (stateFolder) => ({
      stateDirectory: stateFolder ?? "the cache",
      images: [{ region: "eu-west-1", id: "ami-1", name: "web-1", createdAt: 0 }],
      parameters: [],
    }),
  };

  test("lists images and parameters, or prints the directory that has none", async () => {
    expect(await run(["local", "images"], engine)).toMatchObject({
      code: 0,
      out: "eu-west-1  ami-1  1970-01-01T00:00:00.000Z  web-1",
    });
    expect((await run(["local", "parameters", "-local-state=state"], engine)).err).toBe(
      `No parameters in ${join(folder(), "state")}.`,
    );
  });

  test("rejects an unknown command, and a shell without an image", async () => {
    expect((await run(["local", "imgaes"], engine)).err).toContain("Use one of: images, parameters");
    expect((await run(["local", "shell"], engine)).code).toBe(1);
  });
});

describe("validate", () => {
  test("prints that a template is valid", async () => {
    expect(await run(["validate", "web.json"])).toEqual({ code: 0, out: "The configuration is valid.", err: "" });
  });

  test("ends with 1 for errors, 0 for warnings", async () => {
    const found = (severity: "error" | "warning") => ({ diagnostics: [{ severity, code: "x", summary: "look here" }] });
    expect((await run(["validate", "web.json"], recordedEngine([], found("error")))).code).toBe(1);
    const warned = await run(["validate", "web.json"], recordedEngine([], found("warning")));
    expect(warned).toMatchObject({ code: 0, err: "Warning: look here\n" });
  });
});

describe("cleanup", () => {
  const record = async (path: string) => {
    const file = await openLedgerFile(path, { startedAt: 0, template: "web.json" });
    const account = { region: "us-east-1" };
    file.sink.append({
      op: "intent",
      at: 0,
      intent: { key: "k", kind: "instance", build: "web", account, name: "packer_1" },
    });
    file.close();
  };

  test("removes the resources of the named ledger, and the ledger", async () => {
    const path = join(folder(), "one.jsonl");
    await record(path);
    const { code, out } = await run(["cleanup", path]);
    expect(code).toBe(0);
    expect(out).toContain("1 to remove");
    expect(out).toContain("removed: instance i-1 in us-east-1");
    expect(existsSync(path)).toBe(false);
  });

  test("finds the ledgers of killed runs by default; -dry-run only reports", async () => {
    const ledgers = join(folder(), "bake-ami", "ledgers");
    const places: Partial<Record<NodeJS.Platform, string>> = {
      darwin: join(ledgers, "unused.jsonl"),
    };
    if (places[process.platform]) return;
    await record(join(ledgers, "2026-01-01.jsonl"));
    const { out } = await run(["cleanup", "-dry-run"]);
    expect(out).toContain("would remove: instance packer_1 in us-east-1");
    expect(readdirSync(ledgers)).toEqual(["2026-01-01.jsonl"]);
    await run(["cleanup"]);
    expect(readdirSync(ledgers)).toEqual([]);
  });
});

describe("fmt", () => {
  const UGLY = 'source "null" "a" {\n  a=1\n  bcd = 2\n}\n';
  const NEAT = 'source "null" "a" {\n  a   = 1\n  bcd = 2\n}\n';
  const file = (name: string, text: string) => {
    mkdirSync(join(folder(), "hcl", "more"), { recursive: true });
    writeFileSync(join(folder(), "hcl", name), text);
  };

  test("writes changed files and prints their names", async () => {
    file("a.pkr.hcl", UGLY);
    file("b.pkr.hcl", NEAT);
    file("c.txt", UGLY);
    file("more/d.pkrvars.hcl", "a=1\n");
    expect(await run(["fmt", "hcl"])).toEqual({ code: 0, out: join("hcl", "a.pkr.hcl"), err: "" });
    expect(readFileSync(join(folder(), "hcl", "a.pkr.hcl"), "utf8")).toBe(NEAT);
    expect((await run(["fmt", "-recursive", "hcl"])).out).toBe(join("hcl", "more", "d.pkrvars.hcl"));
    expect(await run(["fmt", "-check", "-recursive", "hcl"])).toEqual({ code: 0, out: "", err: "" });
  });

  test("-check ends with 3 and leaves the file; -diff prints the changes", async () => {
    file("a.pkr.hcl", UGLY);
    const path = join("hcl", "a.pkr.hcl");
    const { code, out } = await run(["fmt", "-check", "-diff", path]);
    expect(code).toBe(3);
    expect(out.split("\n").slice(1)).toEqual([
      `--- old/${path}`,
      `+++ new/${path}`,
      "@@ -1,5 +1,5 @@",
      ' source "null" "a" {',
      "-  a=1",
      "+  a   = 1",
      "   bcd = 2",
      " }",
      " ",
    ]);
    expect(readFileSync(join(folder(), path), "utf8")).toBe(UGLY);
  });

  test("formats standard input", async () => {
    expect(await run(["fmt", "-"], undefined, false, UGLY)).toEqual({ code: 0, out: NEAT.trimEnd(), err: "" });
  });

  test("does not change a file that cannot be parsed, and prints where", async () => {
    file("bad.pkr.hcl", "source {\n");
    const { code, err } = await run(["fmt", join("hcl", "bad.pkr.hcl")]);
    expect(code).toBe(1);
    expect(err).toContain(`at ${join("hcl", "bad.pkr.hcl")}:`);
    expect(await run(["fmt", "nowhere.pkr.hcl"])).toMatchObject({ code: 1, err: missingFile("nowhere.pkr.hcl") });
  });
});

test("hcl2_upgrade writes next to the template, or to the given file", async () => {
  writeFileSync(join(folder(), "web.json"), "{}");
  expect(await run(["hcl2_upgrade", "web.json"])).toMatchObject({ code: 0 });
  expect(readFileSync(join(folder(), "web.json.pkr.hcl"), "utf8")).toBe("# {}\n");
  expect((await run(["hcl2_upgrade", "-output-file=-", "web.json"])).out).toBe("# {}");
  expect(await run(["hcl2_upgrade", "nowhere.json"])).toMatchObject({ code: 1, err: missingFile("nowhere.json") });
});

test("console evaluates each line until exit, and hides secrets", async () => {
  const ran = await run(["console"], undefined, false, "1 + 1\n\nvar.x\nexit\nnever");
  expect(ran).toEqual({ code: 0, out: "= 1 + 1 <sensitive>\n= var.x <sensitive>", err: "" });
});
