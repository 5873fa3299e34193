import type { SourceText } from "../core/source.js";
import type { Lookups } from "./lookups.js";

/** Where a complaint goes. */
interface Told {
  error(code: string, summary: string, range: undefined, more?: { readonly hint?: string | undefined }): void;
}

/** Reads a file the user named; undefined after a complaint. Bytes that are not UTF-8 become U+FFFD. */
export function readTextFile(path: string, lookups: Pick<Lookups, "readFile">, told: Told): SourceText | undefined {
  try {
    return { file: path, text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(lookups.readFile(path)) };
  } catch (error) {
    told.error("file-not-read", `${reason(error)}: '${path}'`, undefined, {
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
