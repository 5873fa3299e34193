import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Stand-ins for programs that only record their arguments. */
export interface Recording {
  /** Directory of the programs, for the PATH. */
  readonly bin: string;
  /** Returns the calls since the last `clear`, one line per call: the name and the arguments, each in brackets. */
  calls(): readonly string[];
  clear(): void;
  /** Sets shell text that the next calls of a program run after they are recorded. */
  respond(program: string, text: string): void;
}

/**
 * Stand-ins for programs in `folder`. Each writes its name and arguments into one file; `sudo` then runs what it is given, so that
 * commands are seen as the machine gets them and still have their effect.
 */
export function recordPrograms(folder: string, names: readonly string[]): Recording {
  const bin = join(folder, "bin");
  const log = join(folder, "calls");
  mkdirSync(bin, { recursive: true });
  const respond = (program: string, text: string) => writeFileSync(join(folder, `${program}.response`), text);
  for (const name of ["sudo", ...names]) {
    const more = `[ ! -e '${folder}/${name}.response' ] || . '${folder}/${name}.response'`;
    writeFileSync(join(bin, name), standIn(name, log, more), { mode: 0o755 });
  }
  return {
    bin,
    calls: () => (existsSync(log) ? readFileSync(log, "utf8").split("\n").filter(Boolean) : []),
    clear() {
      rmSync(log, { force: true });
      for (const name of names) rmSync(join(folder, `${name}.response`), { force: true });
    },
    respond,
  };
}

/** Returns the script of a stand-in: it appends its call to the file `log`, then runs `more`; `sudo` runs its arguments. */
export function standIn(name: string, log: string, more = ""): string {
  // One write per call: in a pipe two programs run at the same time.
  const write = `line=${name}; for argument; do line="$line [$argument]"; done; printf '%s\\n' "$line" >> '${log}'`;
  const then = name === "sudo" ? 'while [ "$1" = -E ]; do shift; done; exec "$@"' : more;
  return ["#!/bin/sh", write, then, ""].join("\n");
}

/** Writes files to a directory; names may contain slashes. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}
