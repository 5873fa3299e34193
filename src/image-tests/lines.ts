import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { localPath } from "../provisioners/local-files.js";

/** A test of the user: a script or a directory of scripts, an InSpec profile, or a goss file. */
export interface TestLine {
  readonly kind: "scripts" | "inspec" | "goss";
  /** As the user wrote it. */
  readonly text: string;
  /** Path; for InSpec also the address of a profile. */
  readonly target: string;
}

/** Returns the parts of a line. */
export function parseLine(text: string): TestLine {
  const [, kind, target = ""] = /^(inspec|goss):\s*(.*)$/s.exec(text) ?? [];
  if (kind === "inspec" || kind === "goss") return { kind, text, target };
  return { kind: "scripts", text, target: text };
}

/** Returns whether the target of a line is on the runner: InSpec also loads a profile from an address. */
export function isOnRunner({ kind, target }: TestLine): boolean {
  return kind !== "inspec" || !/^(?:[a-z][a-z0-9+.-]*:\/\/|git@)/i.test(target);
}

/**
 * Returns the scripts of a line: the file, or the files of the directory in the order of their names, without hidden files, backup files
 * (`web.sh~`) and subdirectories. Each path begins as the user wrote it. Throws Node's error when the path cannot be read.
 */
export function scriptsIn(path: string, cwd: string): readonly string[] {
  const absolute = localPath(path, cwd);
  if (!statSync(absolute).isDirectory()) return [path];
  return readdirSync(absolute)
    .filter((name) => !name.startsWith(".") && !name.endsWith("~"))
    .filter((name) => statSync(join(absolute, name), { throwIfNoEntry: false })?.isFile() ?? false)
    .sort()
    .map((name) => `${path.replace(/\/+$/, "")}/${name}`);
}
