import type { WindowsFiles } from "./files.js";
import type { GuestOutcome } from "./outcome.js";

const DONE: GuestOutcome = { stdout: "", exit: 0, isTransfer: true };

/** Base64 of a piece, appended to a temporary file. */
const CHUNK = /^echo ([A-Za-z0-9+/=]*)\s*>>\s*"?([^"]+?)"?\s*$/;

/** The script that decodes the temporary file into its destination, and the one that removes it. */
const RESTORE = /\$tmp_file_path\s*=[\s\S]*\$dest_file_path\s*=/;
const CLEAN_UP = /Remove-Item\s+\$tmp_file_path/;

/** The script that prints a file as base64. */
const FETCH = /\[System\.IO\.File\]::ReadAllBytes\(\s*"([^"]*)"/i;

/**
 * Returns how the transfers of Packer's WinRM client are understood (winrmcp): lines of base64 that cmd.exe appends to a temporary file,
 * the script that makes the file of them, and downloads as base64. Undefined for all other commands.
 */
export function packerTransfer(
  files: WindowsFiles,
): (line: string, script: string | undefined) => GuestOutcome | undefined {
  const pieces = new Map<string, string[]>();
  return (line, script) => {
    const chunk = CHUNK.exec(line);
    if (chunk) {
      const [, text = "", path = ""] = chunk;
      const known = pieces.get(nameOf(path)) ?? [];
      known.push(text);
      pieces.set(nameOf(path), known);
      return DONE;
    }
    if (script === undefined) return undefined;
    const temporary = /winrmcp-[\w-]+\.tmp/i.exec(script)?.[0].toLowerCase();
    if (temporary !== undefined && RESTORE.test(script)) return restore(script, pieces.get(temporary) ?? [], files);
    if (temporary !== undefined && CLEAN_UP.test(script)) {
      pieces.delete(temporary);
      return DONE;
    }
    const fetched = FETCH.exec(script)?.[1];
    if (fetched === undefined) return undefined;
    return { ...DONE, stdout: files.read(fetched)?.toString("base64") ?? "" };
  };
}

/** Writes a file from its pieces. */
function restore(script: string, pieces: readonly string[], files: WindowsFiles): GuestOutcome {
  const destination = destinationOf(script);
  if (destination === undefined || files.isDirectory(destination)) return { ...DONE, exit: 1 };
  const writer = files.create(destination);
  for (const piece of pieces) writer.write(Buffer.from(piece, "base64"));
  writer.finish();
  return DONE;
}

function destinationOf(script: string): string | undefined {
  const given = /\$dest_file_path\s*=\s*\[System\.IO\.Path\]::GetFullPath\(\s*"([^"]*)"/i.exec(script)?.[1];
  return given?.trim().replace(/^'(.*)'$/, "$1");
}

function nameOf(path: string): string {
  return (path.split(/[\\/]/).at(-1) ?? path).toLowerCase();
}
