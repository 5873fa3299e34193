import { posix, win32 } from "node:path";
import type { SourceText } from "../core/source.js";
import type { Lookups } from "./lookups.js";

/** A working directory on Windows: a drive or a share. */
const WINDOWS = /^[A-Za-z]:[\\/]|^\\\\/;

/** A path with forward slashes alone, as HCL2 templates see paths on Windows too (Go's `filepath.ToSlash`); elsewhere as it is. */
export function slashed(cwd: string, path: string): string {
  return WINDOWS.test(cwd) ? path.replaceAll("\\", "/") : path;
}

/** The absolute path from a working directory, `slashed`. Pure: the working directory says which system's paths they are. */
export function resolvePath(cwd: string, path: string): string {
  return WINDOWS.test(cwd) ? slashed(cwd, win32.resolve(cwd, path)) : posix.resolve(cwd, path);
}

/** The absolute folder that a file lies in, as its system writes it. Pure likewise. */
export function folderOf(cwd: string, path: string): string {
  const { dirname, resolve } = WINDOWS.test(cwd) ? win32 : posix;
  return dirname(resolve(cwd, path));
}

/** Collects errors about files. */
interface FileErrors {
  error(code: string, summary: string, range: undefined, more?: { readonly hint?: string | undefined }): void;
}

/** Reads a file the user named; undefined after a complaint. Bytes that are not UTF-8 become U+FFFD. */
export function readTextFile(
  path: string,
  lookups: Pick<Lookups, "readFile">,
  findings: FileErrors,
): SourceText | undefined {
  try {
    return { file: path, text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(lookups.readFile(path)) };
  } catch (error) {
    findings.error("file-not-read", `${reason(error)}: '${path}'`, undefined, {
      hint: "Paths start from the working directory.",
    });
    return undefined;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or directory",
  ENOTDIR: "no such file or directory",
  EISDIR: "this is a folder, not a file",
  EACCES: "no permission to read",
};

function reason(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error));
}
