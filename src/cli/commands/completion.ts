import { type Command, command } from "../command.js";
import type { CompletedCommand } from "../completion/suggestions.js";

/** Prints the script of a shell. */
const SHELLS: Readonly<Record<string, (commands: readonly CompletedCommand[]) => Promise<string>>> = {
  bash: async (commands) => (await import("../completion/bash.js")).bashCompletion(commands),
  zsh: async (commands) => (await import("../completion/zsh.js")).zshCompletion(commands),
  fish: async (commands) => (await import("../completion/fish.js")).fishCompletion(commands),
};

/** Returns `bake-ami completion`, which completes `commands`. */
export function completion(commands: () => readonly Command[]): Command {
  return command({
    name: "completion",
    synopsis: "print the completion script of a shell",
    usage: `bake-ami completion ${Object.keys(SHELLS).join(" | ")}`,
    help: 'Prints the script with which a shell completes commands, flags, values and files. bake-ami -autocomplete-install adds a line to the configuration of the shells that you use, and bake-ami -autocomplete-uninstall removes it. By hand: add eval "$(bake-ami completion bash)" to ~/.bashrc, or the same with zsh to ~/.zshrc; for fish, write the script to ~/.config/fish/completions/bake-ami.fish.',
    arguments: {
      least: 1,
      most: 1,
      suggested: Object.keys(SHELLS),
      missing: `A shell is required: ${Object.keys(SHELLS).join(", ")}`,
    },
    request: (_flags, [shell = ""]) => shell,
    async run(shell, { terminal }) {
      const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
      if (!script) {
        terminal.error(`Unknown shell: ${shell}. Use one of: ${Object.keys(SHELLS).join(", ")}.`);
        return 1;
      }
      terminal.write((await script(commands())).trimEnd());
      return 0;
    },
  });
}
