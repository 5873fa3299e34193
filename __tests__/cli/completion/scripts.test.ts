import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { bashCompletion } from "../../../src/cli/completion/bash.js";
import { fishCompletion } from "../../../src/cli/completion/fish.js";
import { zshCompletion } from "../../../src/cli/completion/zsh.js";
import { COMMANDS } from "../../../src/cli/run.js";
import { describeWith } from "../../provisioners/tools.js";
import { temporaryFolder } from "../../support/folder.js";

const folder = temporaryFolder("completion");

beforeAll(() => {
  for (const name of ["web.pkr.hcl", "it's.json"]) writeFileSync(join(folder(), name), "");
  mkdirSync(join(folder(), "sub dir"));
  writeFileSync(join(folder(), "c.bash"), bashCompletion(COMMANDS));
  writeFileSync(join(folder(), "_bake-ami"), zshCompletion(COMMANDS));
  writeFileSync(join(folder(), "c.fish"), fishCompletion(COMMANDS));
});

/** Runs a program in the folder. Returns the lines of its output. */
function lines(program: string, args: readonly string[], input = ""): readonly string[] {
  const env = { PATH: process.env.PATH, HOME: folder(), TERM: "dumb", LC_ALL: "C" };
  const { stdout, status, stderr } = spawnSync(program, args, {
    cwd: folder(),
    env,
    input,
    encoding: "utf8",
    timeout: 20_000,
    killSignal: "SIGKILL",
  });
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
  return stdout.split("\n").filter((line) => line !== "");
}

const NAMES = COMMANDS.map(({ name }) => name);
const WORDS = ["abort", "ask", "cleanup", "run-cleanup-provisioner"];

/** What is suggested after the words of a command line. Files are what the shell finds itself. */
const CASES: readonly (readonly [string, readonly string[]])[] = [
  ["bui", ["build"]],
  ["plu", ["plugins"]],
  ["help val", ["validate"]],
  ["plugins ", ["install", "installed", "remove", "required"]],
  ["completion z", ["zsh"]],
  ["local sh", ["shell"]],
  ["build -on-error c", ["cleanup"]],
  ["build -on-error ", WORDS],
  ["build --on-error c", ["cleanup"]],
  ["validate -config-type h", ["hcl2"]],
  ["sweep w", []],
  ["build -image w", []],
];

describe("the script for bash", () => {
  /** What the function suggests for words; `=` is a word of its own, as in bash. */
  function suggested(...words: readonly string[]): readonly string[] {
    const list = ["bake-ami", ...words].map((word) => `'${word}'`).join(" ");
    const script = `source ./c.bash; COMP_WORDS=(${list}); COMP_CWORD=${words.length}; _bake_ami 2>/dev/null`;
    return lines("bash", ["--norc", "-c", `${script}; printf '%s\\n' "\${COMPREPLY[@]}"`]);
  }

  test("has no syntax errors, and can be loaded with the options of a careful shell", () => {
    expect(lines("bash", ["-n", "c.bash"])).toEqual([]);
    expect(lines("bash", ["--norc", "-euc", "source ./c.bash; complete -p bake-ami"])).toEqual([
      "complete -o bashdefault -o default -F _bake_ami bake-ami",
    ]);
  });

  test.each(CASES)("%j is completed", (typed, expected) => {
    expect([...suggested(...typed.split(" "))].sort()).toEqual(expected);
  });

  test("nothing typed suggests all commands", () => {
    expect(suggested("")).toEqual([...NAMES, "help"]);
    expect(suggested("-")).toContain("--version");
  });

  test.each(COMMANDS.map(({ name, flags }) => [name, flags] as const))("%s has all its flags", (name, flags) => {
    const written = flags.map((flag) => (flag.kind === "boolean" ? `-${flag.name}` : `-${flag.name}=`));
    expect(suggested(name, "-")).toEqual(written);
    expect(suggested(name, "--")).toEqual(written.map((flag) => `-${flag}`));
  });

  test.each([
    [["build", "-on-error", "="], WORDS],
    [["build", "-on-error", "=", "ab"], ["abort"]],
    [["build", "--on-error", "=", "ab"], ["abort"]],
    [["build", "-force", "-packages", "=", "o"], ["off"]],
    [["build", "-color", "=", "f"], ["false"]],
    [["build", "-on-error=ab"], ["-on-error=abort"]],
    [["build", "-sbom=su"], ["-sbom=sub\\ dir"]],
    [["build", "-sbom", "=", "su"], ["sub dir"]],
    [["build", "-var-file=w"], ["-var-file=web.pkr.hcl"]],
  ])("%j is completed after the equals sign", (words, expected) => {
    expect([...suggested(...words)].sort()).toEqual(expected);
  });

  test.each([
    [["build", "w"]],
    [["build", "-force", "w"]],
    [["build", "-var-file", "w"]],
    [["build", "-var-file", "=", "w"]],
    [["plugins", "required", "w"]],
  ])("%j is left to bash, which suggests files", (words) => {
    const list = ["bake-ami", ...words].map((word) => `'${word}'`).join(" ");
    const turnedOff = "compopt() { echo off; }";
    const script = `source ./c.bash; ${turnedOff}; COMP_WORDS=(${list}); COMP_CWORD=${words.length}; _bake_ami`;
    expect(lines("bash", ["--norc", "-c", `${script}; printf '%s' "\${COMPREPLY[@]}"`])).toEqual([]);
  });
});

/** What is on the command line of a terminal after keys are pressed; a tab completes. */
const TYPED: readonly (readonly [string, string])[] = [
  ["bake-ami bui\t", "<build>"],
  ["bake-ami build -on-e\tcl\t", "<build><-on-error=cleanup>"],
  ["bake-ami build -var-file=w\t", "<build><-var-file=web.pkr.hcl>"],
  ["bake-ami build --on-e\tcl\t", "<build><--on-error=cleanup>"],
  ["bake-ami build --var-file=w\t", "<build><--var-file=web.pkr.hcl>"],
  ["bake-ami build --on-error abort --forc\tit\t", "<build><--on-error><abort><--force><it's.json>"],
  ["bake-ami build --on-error cl\t", "<build><--on-error><cleanup>"],
  ["bake-ami build --on-error abort -forc\tit\t", "<build><--on-error><abort><-force><it's.json>"],
  ["bake-ami build -on-error abort --forc\tit\t", "<build><-on-error><abort><--force><it's.json>"],
  ["bake-ami build -forc\tit\t", "<build><-force><it's.json>"],
  ["bake-ami plugins req\tw\t", "<plugins><required><web.pkr.hcl>"],
];

const PRINT = "printf 'GOT'; printf '<%s>'";

/** Presses keys in a shell on a terminal, and returns the arguments of the command that it runs. */
function onTerminal(shell: string, script: string, typed: string): string | undefined {
  const input = `bake-ami() { ${PRINT} "$@"; echo; }; source ${script}\n${typed}\nexit\n`;
  return /GOT(<.*>)/.exec(lines("script", ["-qec", shell, "/dev/null"], input).join("\n"))?.[1];
}

describeWith("script", "apt-get install bsdutils")("bash on a terminal", () => {
  test.each(TYPED)("%j", (typed, expected) => {
    expect(onTerminal("bash --norc -i", "./c.bash", typed)).toBe(expected);
  });
});

describeWith("zsh", "apt-get install zsh")("the script for zsh", () => {
  test("has no syntax errors", () => {
    expect(lines("zsh", ["-n", "_bake-ami"])).toEqual([]);
  });

  describeWith("script", "apt-get install bsdutils")("on a terminal", () => {
    test.each(TYPED)("%j", (typed, expected) => {
      expect(onTerminal("zsh -f -i", "./_bake-ami", typed)).toBe(expected);
    });
  });

  test("is a function of a directory in fpath", () => {
    const script = "fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D; print -r -- $_comps[bake-ami]";
    expect(lines("zsh", ["-f", "-c", script])).toEqual(["_bake-ami"]);
  });
});

describeWith("fish", "apt-get install fish")("the script for fish", () => {
  const suggested = (typed: string) =>
    lines("fish", ["--no-config", "-c", 'source c.fish; complete -C "$argv"', `bake-ami ${typed}`])
      .map((line) => line.split("\t")[0])
      .sort();

  test("has no syntax errors", () => {
    expect(lines("fish", ["--no-execute", "c.fish"])).toEqual([]);
  });

  test.each([
    ...CASES,
    ["build w", ["web.pkr.hcl"]],
    ["build -on-error=c", ["-on-error=cleanup"]],
    ["build --on-error=c", ["--on-error=cleanup"]],
    ["build --on-e", ["--on-error"]],
    ["build --forc", ["--force"]],
    ["build -var-file=w", ["-var-file=web.pkr.hcl"]],
    ["build -sbom=su", ["-sbom=sub dir/"]],
    ["plugins required w", ["web.pkr.hcl"]],
  ] as const)("%j is completed", (typed, expected) => {
    expect(suggested(typed)).toEqual(expected);
  });

  test("each command has its flags", () => {
    for (const { name, flags } of COMMANDS) {
      expect(suggested(`${name} -`)).toEqual(flags.map((flag) => `-${flag.name}`).sort());
    }
  });
});
