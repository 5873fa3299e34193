import { createHash } from "node:crypto";
import { EXIT } from "../../winrm/transfer/powershell.js";
import type { WindowsFiles } from "./files.js";
import type { GuestOutcome } from "./outcome.js";

/** The paths in the scripts of bake-ami's downloads, as literals of PowerShell in single quotes. */
const FILE = /^\$name = & \$full '((?:[^']|'')*)'$/m;
const DIRECTORY = /^\$root = \(& \$full '((?:[^']|'')*)'\)/m;

/** Bytes of one line. */
const LINE = 196_608;

/** Returns what the scripts of bake-ami's downloads print: a file that was sent before, or the names in a directory. Undefined for others. */
export function fetchedFile(script: string, files: WindowsFiles): GuestOutcome | undefined {
  const file = literal(FILE.exec(script)?.[1]);
  if (file !== undefined) return sendFile(file, files);
  const directory = literal(DIRECTORY.exec(script)?.[1]);
  return directory === undefined ? undefined : listDirectory(directory, files);
}

function sendFile(path: string, files: WindowsFiles): GuestOutcome {
  if (files.isDirectory(path)) return { stdout: "", exit: EXIT.isDirectory, isTransfer: true };
  const content = files.read(path);
  if (content === undefined) return { stdout: "", exit: EXIT.missing, isTransfer: true };
  const lines: string[] = [];
  for (let at = 0; at < content.length || at === 0; at += LINE) {
    lines.push(content.subarray(at, at + LINE).toString("base64"));
  }
  lines.push(`#${createHash("sha256").update(content).digest("hex").toUpperCase()}`);
  return { stdout: `${lines.join("\r\n")}\r\n`, exit: 0, isTransfer: true };
}

function listDirectory(path: string, files: WindowsFiles): GuestOutcome {
  if (!files.isDirectory(path)) return { stdout: "", exit: EXIT.missing, isTransfer: true };
  const lines = files
    .list(path)
    .map(({ kind, name }) => Buffer.from(`${kind === "directory" ? "d" : "f"}\t${name}`).toString("base64"));
  return { stdout: lines.map((line) => `${line}\r\n`).join(""), exit: 0, isTransfer: true };
}

function literal(text: string | undefined): string | undefined {
  return text?.replaceAll("''", "'");
}
