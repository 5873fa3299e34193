import { existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { readTextFile, writeTextFile } from "../engine/files.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** The end of the line in a shell's configuration, by which it is found again. */
const MARK = "# bake-ami completion";

/** Where a shell reads the completion script: a line of its configuration, or a file of its own. */
interface ShellSetup {
  readonly shell: string;
  readonly file: string;
  readonly line: string;
  /** Whether the file has nothing else. */
  readonly own: boolean;
}

/**
 * Makes all shells of the user complete `bake-ami` (Packer's `-autocomplete-install`): bash and zsh with a line in an existing
 * configuration file, fish with a file. Returns the changed files by shell; a shell that has the line already is included. Throws a
 * `BakeError` when a file cannot be written.
 */
export function installCompletion(env: Environment): readonly Pick<ShellSetup, "shell" | "file">[] {
  return shellSetups(env).map(({ shell, file, line, own }) => {
    if (own) mkdirSync(dirname(file), { recursive: true });
    const text = existsSync(file) ? readTextFile(file, "/") : "";
    if (!hasLine(text)) writeTextFile(file, "/", `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${line}\n`);
    return { shell, file };
  });
}

/** Removes what `installCompletion` added. Returns the changed files by shell. Throws as it does. */
export function uninstallCompletion(env: Environment): readonly Pick<ShellSetup, "shell" | "file">[] {
  return shellSetups(env).flatMap(({ shell, file, own }) => {
    const text = existsSync(file) ? readTextFile(file, "/") : "";
    if (!hasLine(text)) return [];
    const rest = text
      .split("\n")
      .filter((line) => !line.endsWith(MARK))
      .join("\n");
    if (own && rest === "") rmSync(file);
    else writeTextFile(file, "/", rest);
    return [{ shell, file }];
  });
}

function hasLine(text: string): boolean {
  return text.split("\n").some((line) => line.endsWith(MARK));
}

/** Returns the shells that the user has configured. */
function shellSetups(env: Environment): readonly ShellSetup[] {
  const home = env.HOME;
  if (!home) return [];
  const bash = [".bashrc", ".bash_profile", ".bash_login", ".profile"].map((name) => join(home, name));
  const zsh = join(env.ZDOTDIR || home, ".zshrc");
  const fish = join(env.XDG_CONFIG_HOME || join(home, ".config"), "fish");
  const line = (shell: string) => `command -v bake-ami >/dev/null && eval "$(bake-ami completion ${shell})" ${MARK}`;
  return [
    ...bash
      .filter((file) => existsSync(file))
      .slice(0, 1)
      .map((file) => ({ shell: "bash", file, line: line("bash"), own: false })),
    ...(existsSync(zsh) ? [{ shell: "zsh", file: zsh, line: line("zsh"), own: false }] : []),
    ...(existsSync(fish)
      ? [
          {
            shell: "fish",
            file: join(fish, "completions", "bake-ami.fish"),
            line: `bake-ami completion fish | source ${MARK}`,
            own: true,
          },
        ]
      : []),
  ];
}
