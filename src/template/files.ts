import { posix, win32 } from "node:path";
import { describeFileError } from "../core/file-error.js";
import type { SourceText } from "../core/source.js";
import { utf8 } from "./functions/encoding.js";
import type { Lookups } from "./lookups.js";

/** A working directory on Windows: a drive or a share. */
const WINDOWS = /^[A-Za-z]:[\\/]|^\\\\/;

/** Returns a path with forward slashes on Windows, for HCL2 templates (Go's `filepath.ToSlash`). Elsewhere returns it unchanged. */
export function toSlash(cwd: string, path: string): string {
  return WINDOWS.test(cwd) ? path.replaceAll("\\", "/") : path;
}

/** Returns the absolute path with forward slashes. The working directory decides between Windows and POSIX paths. */
export function resolvePath(cwd: string, path: string): string {
  return WINDOWS.test(cwd) ? toSlash(cwd, win32.resolve(cwd, path)) : posix.resolve(cwd, path);
}

/** Returns the absolute directory of a file, in the notation of its system. */
export function directoryOf(cwd: string, path: string): string {
  const { dirname, resolve } = WINDOWS.test(cwd) ? win32 : posix;
  return dirname(resolve(cwd, path));
}

/** Collects errors about files. */
interface FileErrors {
  error(code: string, summary: string, range: undefined, more?: { readonly hint?: string | undefined }): void;
  warning(code: string, summary: string, range: undefined, more?: { readonly hint?: string | undefined }): void;
}

/** Reads a file that the user named. Returns undefined after an error is reported. Bytes that are not UTF-8 become U+FFFD. */
export function readTextFile(
  path: string,
  lookups: Pick<Lookups, "readFile">,
  findings: FileErrors,
): SourceText | undefined {
  try {
    const bytes = lookups.readFile(path);
    if (isUtf16(bytes)) {
      findings.error("not-utf8", `"${path}" is encoded in UTF-16, not in UTF-8`, undefined, SAVE_AS_UTF8);
      return undefined;
    }
    if (utf8(bytes) === undefined) {
      const summary = `"${path}" is not UTF-8 encoded: some characters are replaced`;
      findings.warning("not-utf8", summary, undefined, SAVE_AS_UTF8);
    }
    return { file: path, text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes) };
  } catch (error) {
    findings.error("file-not-read", `Could not read "${path}": ${describeFileError(error)}`, undefined, {
      hint: "Check the path. Relative paths start from the working directory.",
    });
    return undefined;
  }
}

const SAVE_AS_UTF8 = { hint: "Save the file as UTF-8." };

/** Returns whether bytes are UTF-16: they begin with its byte-order mark, or with two characters whose other bytes are zero. */
function isUtf16([first, second, third, fourth]: Uint8Array): boolean {
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  if (!(first ?? 0) !== !(third ?? 0) || !(second ?? 0) !== !(fourth ?? 0)) return false;
  return fourth !== undefined && (first === 0) !== (second === 0);
}
