import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Programs that write down how they are called instead of doing anything. */
export interface Recording {
  /** Folder of the programs, to be put into a PATH. */
  readonly bin: string;
  /** What was called since the last `clear`, one line a call: the name and the arguments, each in brackets. */
  calls(): readonly string[];
  clear(): void;
  /** Makes the next calls of a program run this shell text after being written down. */
  answer(program: string, text: string): void;
}

/**
 * Stand-ins for programs in `folder`. Each writes its name and arguments into one file; `sudo` then runs what it is given, so that
 * commands are seen as the machine gets them and still have their effect.
 */
export function recordPrograms(folder: string, names: readonly string[]): Recording {
  const bin = join(folder, "bin");
  const log = join(folder, "calls");
  mkdirSync(bin, { recursive: true });
  const answer = (program: string, text: string) => writeFileSync(join(folder, `${program}.answer`), text);
  for (const name of ["sudo", ...names]) {
    const text = [
      "#!/bin/sh",
      // One write a call: in a pipe two programs are called at once.
      `line=${name}; for argument; do line="$line [$argument]"; done; printf '%s\\n' "$line" >> '${log}'`,
      name === "sudo"
        ? 'while [ "$1" = -E ]; do shift; done; exec "$@"'
        : `[ ! -e '${folder}/${name}.answer' ] || . '${folder}/${name}.answer'`,
      "",
    ].join("\n");
    writeFileSync(join(bin, name), text, { mode: 0o755 });
  }
  return {
    bin,
    calls: () => (existsSync(log) ? readFileSync(log, "utf8").split("\n").filter(Boolean) : []),
    clear() {
      rmSync(log, { force: true });
      for (const name of names) rmSync(join(folder, `${name}.answer`), { force: true });
    },
    answer,
  };
}

/** Writes files below a folder; names may have slashes. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}
