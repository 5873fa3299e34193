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
    const more = `[ ! -e '${folder}/${name}.answer' ] || . '${folder}/${name}.answer'`;
    writeFileSync(join(bin, name), standIn(name, log, more), { mode: 0o755 });
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

/** The text of a stand-in: it appends its call to the file `log`, then does what `more` says; `sudo` runs what it is given. */
export function standIn(name: string, log: string, more = ""): string {
  // One write a call: in a pipe two programs are called at once.
  const write = `line=${name}; for argument; do line="$line [$argument]"; done; printf '%s\\n' "$line" >> '${log}'`;
  const then = name === "sudo" ? 'while [ "$1" = -E ]; do shift; done; exec "$@"' : more;
  return ["#!/bin/sh", write, then, ""].join("\n");
}

/** Writes files below a folder; names may have slashes. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}
