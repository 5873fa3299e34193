import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { installCompletion, uninstallCompletion } from "../../src/cli/autocomplete.js";
import { runReally } from "../engine/running.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder("autocomplete");

/** Makes a home directory with files. */
function home(name: string, files: Readonly<Record<string, string>>): string {
  const path = join(folder(), name);
  mkdirSync(path);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(path, file, ".."), { recursive: true });
    writeFileSync(join(path, file), text);
  }
  return path;
}

const LINE = 'command -v bake-ami >/dev/null && eval "$(bake-ami completion bash)" # bake-ami completion\n';

describe("-autocomplete-install", () => {
  test("adds one line to each shell that the user has, and -autocomplete-uninstall removes it", () => {
    const HOME = home("three", {
      ".bashrc": "alias x=y",
      ".profile": "",
      ".zshrc": "# zsh\n",
      ".config/fish/config.fish": "",
    });
    const read = (file: string) => readFileSync(join(HOME, file), "utf8");
    for (let time = 0; time < 2; time++) {
      expect(installCompletion({ HOME }).map(({ shell }) => shell)).toEqual(["bash", "zsh", "fish"]);
    }
    expect(read(".bashrc")).toBe(`alias x=y\n${LINE}`);
    expect(read(".zshrc")).toBe(`# zsh\n${LINE.replace("completion bash", "completion zsh")}`);
    expect(read(".config/fish/completions/bake-ami.fish")).toMatch(/^bake-ami completion fish \| source /);
    expect(read(".profile")).toBe("");
    expect(uninstallCompletion({ HOME }).map(({ shell }) => shell)).toEqual(["bash", "zsh", "fish"]);
    expect([read(".bashrc"), read(".zshrc")]).toEqual(["alias x=y\n", "# zsh\n"]);
    expect(existsSync(join(HOME, ".config/fish/completions/bake-ami.fish"))).toBe(false);
    expect(uninstallCompletion({ HOME })).toEqual([]);
  });

  test("uses the directories that the environment sets", () => {
    const HOME = home("other", { "zsh/.zshrc": "", "config/fish/x": "" });
    const env = { HOME, ZDOTDIR: join(HOME, "zsh"), XDG_CONFIG_HOME: join(HOME, "config") };
    expect(installCompletion(env).map(({ file }) => file.slice(HOME.length + 1))).toEqual([
      "zsh/.zshrc",
      "config/fish/completions/bake-ami.fish",
    ]);
  });

  test("as a command", async () => {
    const HOME = home("command", { ".bash_profile": "" });
    const run = (...args: string[]) => runReally(args, { env: { HOME } });
    const file = join(HOME, ".bash_profile");
    expect(await run("-autocomplete-install")).toEqual({
      code: 0,
      out: `bash: completion is installed in ${file}\nOpen a new shell to use it.`,
      err: "",
    });
    expect(await run("--autocomplete-uninstall")).toEqual({
      code: 0,
      out: `bash: completion was removed from ${file}`,
      err: "",
    });
    expect((await run("--autocomplete-uninstall")).out).toBe("Nothing to remove: completion is not installed.");
  });

  test("without a configured shell is an error with what to do", async () => {
    const { code, err } = await runReally(["-autocomplete-install"], { env: { HOME: home("none", {}) } });
    expect(code).toBe(1);
    expect(err).toContain("To print a script, run: bake-ami completion bash");
  });
});

describe("completion", () => {
  test.each(["bash", "zsh", "fish"])("prints the script of %s", async (shell) => {
    const { code, out } = await runReally(["completion", shell]);
    expect(code).toBe(0);
    expect(out).toContain(`# ${shell} completion for bake-ami.`);
  });

  test.each([
    [["csh"], "Unknown shell: csh. Use one of: bash, zsh, fish."],
    [[], "A shell is required: bash, zsh, fish"],
  ])("%j is an error", async (args, message) => {
    const { code, err } = await runReally(["completion", ...args]);
    expect(code).toBe(1);
    expect(err).toContain(message);
  });
});
