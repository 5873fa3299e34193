import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { sealTerminal } from "../../src/cli/sealed-terminal.js";
import type { Terminal } from "../../src/cli/terminal.js";
import { redactor } from "../../src/core/secrets/redactor.js";
import { commandsIn } from "../action/runner.js";
import { runReally } from "../engine/running.js";
import { temporaryFolder } from "../support/folder.js";
import { noStreams } from "../support/streams.js";

const folder = temporaryFolder("on-runner");

/** Texts that a runner reads as commands, if they are printed as they are. */
const HOSTILE = [
  "::set-output name=ami-id::ami-evil",
  "::add-mask::e",
  "  ::error::x",
  "##[error]x",
  "text ##[add-mask]e",
  "\u001b[0m::warning::x",
  ":\u001b[m:error::x",
  "#\u001b[1m#[error]x",
  "\r::stop-commands::t",
  "\u2028::error::x",
  "\u0085::error::x",
];

/** A template that prints all of them on the runner, and has them where a command prints text of a template. */
function hostileTemplate(): string {
  const script = join(folder(), "print.sh");
  writeFileSync(script, `#!/bin/sh\ncat <<'END'\n${HOSTILE.join("\n")}\nEND\nexit 3\n`);
  const quoted = JSON.stringify(HOSTILE.join("\n"));
  const template = `variable "text" {
  default = ${quoted}
}
variable "description" {
  description = ${quoted}
  default     = "::error::x"
}
source "null" "n" {
  communicator = "none"
}
build {
  name        = "b"
  description = ${quoted}
  sources     = ["null.n"]
  provisioner "breakpoint" {
    note = ${quoted}
  }
  provisioner "shell-local" {
    script          = ${JSON.stringify(script)}
    execute_command = ["/bin/sh", "-c", "/bin/sh {{.Script}}"]
  }
}
`;
  writeFileSync(join(folder(), "hostile.pkr.hcl"), template);
  writeFileSync(
    join(folder(), "hostile.json"),
    JSON.stringify({ description: HOSTILE.join("\n"), variables: { text: "::error::x" }, builders: [] }),
  );
  return "hostile.pkr.hcl";
}

const GITHUB = { GITHUB_ACTIONS: "true" };

describe("in a run step of a workflow", () => {
  test.each<readonly [string, readonly string[], Readonly<Record<string, string>>, string]>([
    ["build", ["build"], {}, ""],
    ["build in color", ["build", "-color=true"], {}, ""],
    ["build without color", ["build", "-color=false"], {}, ""],
    ["build with times", ["build", "-timestamp-ui"], {}, ""],
    ["build for machines", ["build", "-machine-readable"], {}, ""],
    ["build with a debug log", ["build"], { PACKER_LOG: "1" }, ""],
    ["inspect", ["inspect"], {}, ""],
    ["inspect for machines", ["inspect", "-machine-readable"], {}, ""],
    ["console", ["console"], {}, "var.text\n"],
    ["console of a wrong expression", ["console"], {}, '"\n::error::x"\n::error::x\n'],
    ["validate", ["validate", "-var", "::error::x=1"], {}, ""],
    ["an unknown flag", ["build", "-no\n::error::x"], {}, ""],
  ])("%s prints no command", async (_, args, env, input) => {
    const template = hostileTemplate();
    const { out, err } = await runReally([...args, template], { cwd: folder(), env: { ...GITHUB, ...env }, input });
    expect(commandsIn(out)).toEqual([]);
    expect(commandsIn(err)).toEqual([]);
    expect(`${out}${err}`).not.toBe("");
  });

  test("inspect of a JSON template prints no command", async () => {
    hostileTemplate();
    const { out, err } = await runReally(["inspect", "hostile.json"], { cwd: folder(), env: GITHUB });
    expect(commandsIn(`${out}\n${err}`)).toEqual([]);
    expect(out).toContain("set-output");
  });

  test("the build prints the text otherwise as it is", async () => {
    const { out } = await runReally(["build", "-color=false", hostileTemplate()], { cwd: folder(), env: GITHUB });
    expect(out.replaceAll("\u200b", "")).toContain("text ##[add-mask]e");
  });
});

test("outside a workflow, text is printed as it is", async () => {
  const { out } = await runReally(["console", hostileTemplate()], { cwd: folder(), input: "var.description\n" });
  expect(out).toContain("::error::x");
  expect(out).not.toContain("\u200b");
});

/** Returns a terminal that collects what reaches the runner. */
function collecting(isFile: boolean): { readonly terminal: Terminal; readonly printed: string[] } {
  const printed: string[] = [];
  const terminal: Terminal = {
    write: (line) => printed.push(line),
    error: (line) => printed.push(line),
    ask: async (question) => {
      printed.push(question);
      return "";
    },
    isTerminal: false,
    streams: noStreams(),
    isFile,
    whileOthersPrint: (work) => work(),
    readAll: async () => "",
    async *readLines() {},
  };
  return { terminal, printed };
}

describe("sealTerminal", () => {
  test("replaces secrets in everything, within colors too, and in questions", async () => {
    const { terminal, printed } = collecting(false);
    const secrets = redactor();
    secrets.add("hunter22");
    const sealed = sealTerminal(terminal, { secrets, env: {} });
    sealed.write("\u001b[1;32m==> web: hunter22\u001b[0m");
    sealed.error("hunter22");
    await sealed.ask?.("hunter22?", new AbortController().signal);
    expect(printed).toEqual(["\u001b[1;32m==> web: <sensitive>\u001b[0m", "<sensitive>", "<sensitive>?"]);
  });

  test("stops commands while another program prints", async () => {
    const { terminal, printed } = collecting(false);
    const sealed = sealTerminal(terminal, { secrets: redactor(), env: GITHUB });
    await sealed.whileOthersPrint(async () => terminal.write("::error::x"));
    terminal.write("::error::y");
    expect(commandsIn(printed.join("\n")).map(({ message }) => message)).toEqual(["y"]);
    expect(printed).toHaveLength(4);
  });

  test("does not change text for a file, which no runner reads", () => {
    const { terminal, printed } = collecting(true);
    sealTerminal(terminal, { secrets: redactor(), env: GITHUB }).write("::text::");
    expect(printed).toEqual(["::text::"]);
  });
});
