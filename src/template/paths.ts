import { posix, win32 } from "node:path";

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
