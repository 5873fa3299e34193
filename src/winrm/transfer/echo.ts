import { BakeError } from "../../core/errors.js";
import type { WinrmClient } from "../client.js";
import { powershellDoubleQuote, powershellLine } from "./powershell.js";
import { runTransfer, type TransferEnd, transferFailure } from "./run.js";
import type { SentEntry } from "./stream.js";

/** Source of random names. */
export interface EchoOptions {
  readonly uuid: () => string;
}

/** Length of a line for cmd.exe, below its limit of 8,191 characters. */
const LINE = 8000;

/**
 * Sends a file as Packer does: in pieces of base64 that `echo` appends to a temporary file, which certutil or PowerShell decodes. It takes
 * hundreds of commands for a megabyte, but needs no PowerShell. Rejects with a `BakeError` or the abort reason.
 */
export async function echoFile(
  client: WinrmClient,
  entry: SentEntry,
  options: EchoOptions & { readonly signal: AbortSignal; readonly onSent: (bytes: number) => void },
): Promise<void> {
  const { signal } = options;
  const path = entry.path.replaceAll("/", "\\");
  if (/["%\r\n]/.test(path)) {
    throw new BakeError(
      `Could not upload to "${entry.path}": cmd.exe cannot use this name, and PowerShell is restricted`,
      {
        code: "transfer-failed",
        hint: 'Use a name without " and %.',
      },
    );
  }
  const run = (line: string) => runTransfer(client, { line, signal });
  const checked = async (line: string): Promise<void> => {
    const result = await run(line);
    if (!succeeded(result)) throw transferFailure("upload to", entry.path, result);
  };
  const directory = entry.kind === "directory" ? path : path.slice(0, path.lastIndexOf("\\"));
  if (directory !== "" && !directory.endsWith(":")) await checked(`if not exist "${directory}\\" mkdir "${directory}"`);
  if (entry.kind === "directory") return;
  const temp = `%TEMP%\\bake-ami-${options.uuid()}.tmp`;
  const bytes = Math.floor((LINE - `echo  >> "${temp}"`.length) / 4) * 3;
  let empty = true;
  try {
    let sent = 0;
    for await (const piece of pieces(entry.content(), bytes)) {
      await checked(`echo ${piece.toString("base64")} >> "${temp}"`);
      empty = false;
      sent += piece.length;
      options.onSent(sent);
    }
    if (empty) return await checked(`type nul > "${path}"`);
    const decoded = await run(`certutil -f -decode "${temp}" "${path}"`);
    if (!succeeded(decoded)) await checked(powershellLine(decodeScript(temp, path)));
  } finally {
    if (!empty) await run(`del /f /q "${temp}"`).catch(() => undefined);
  }
}

function succeeded({ end }: TransferEnd): boolean {
  return end.status === "exited" && end.code === 0;
}

/** Returns the script that decodes the lines of a temporary file into another file. */
function decodeScript(temp: string, path: string): string {
  return `
$ErrorActionPreference = 'Stop'
$tmp_file_path = [System.IO.Path]::GetFullPath("$env:TEMP${temp.slice("%TEMP%".length)}")
$dest_file_path = [System.IO.Path]::GetFullPath(${powershellDoubleQuote(path)})
$file = [System.IO.File]::Create($dest_file_path)
foreach ($line in [System.IO.File]::ReadAllLines($tmp_file_path)) {
  $bytes = [System.Convert]::FromBase64String($line.Trim())
  $file.Write($bytes, 0, $bytes.Length)
}
$file.Dispose()
`;
}

async function* pieces(source: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Buffer> {
  let waiting = Buffer.alloc(0);
  for await (const chunk of source) {
    waiting = Buffer.concat([waiting, chunk]);
    for (; waiting.length >= size; waiting = waiting.subarray(size)) yield waiting.subarray(0, size);
  }
  if (waiting.length > 0) yield waiting;
}
