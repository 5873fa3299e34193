import type { ExecResult } from "../../core/communicator.js";
import { BakeError } from "../../core/errors.js";
import { outputTail } from "../../core/output.js";
import type { WinrmClient } from "../client.js";
import { textOutput } from "../output.js";
import { EXIT, powershellLine } from "./powershell.js";

/** A script of a transfer, or a line for cmd.exe. */
export interface TransferRun {
  readonly script?: string;
  readonly line?: string;
  readonly signal: AbortSignal;
  readonly stdin?: AsyncIterable<Uint8Array>;
  readonly onOutput?: (bytes: Uint8Array) => void;
  /** Returns a promise while no more output can be taken. */
  readonly drained?: () => Promise<void> | undefined;
}

/** How it ended, and the last lines of its standard error. */
export interface TransferEnd {
  readonly end: ExecResult;
  readonly complaint: string;
}

/** Runs a script of a transfer. Rejects as `WinrmClient.run` does. */
export async function runTransfer(client: WinrmClient, run: TransferRun): Promise<TransferEnd> {
  const complaint = outputTail();
  const output = textOutput({
    onOutput: (bytes, stream) => (stream === "stdout" ? run.onOutput?.(bytes) : complaint.push(bytes)),
    drained: () => run.drained?.(),
  });
  const end = await client.run({
    line: run.line ?? powershellLine(run.script ?? ""),
    cmd: true,
    changes: false,
    signal: run.signal,
    onOutput: output.push,
    input: run.stdin && { source: run.stdin, waits: true },
  });
  output.end();
  return { end, complaint: complaint.text().trim() };
}

/** Returns whether PowerShell cannot run the script: it is missing, blocked, or in a language mode without .NET. */
export function isConstrained({ end, complaint }: TransferEnd): boolean {
  if (end.status !== "exited" || end.code === 0) return false;
  return end.code === EXIT.constrained || end.code === 9009 || NOT_RUN.test(complaint);
}

/** Texts of cmd.exe and PowerShell in English; the exit codes are checked first. */
const NOT_RUN =
  /is not recognized as an internal or external command|ConstrainedLanguage|blocked by group policy|language mode/i;

/** Returns the error for a transfer that failed. */
export function transferFailure(
  action: "upload to" | "download",
  path: string,
  { end, complaint }: TransferEnd,
): BakeError {
  const name = action === "download" ? path : complaint.split("\n").at(-1)?.trim() || path;
  if (end.status === "disconnected") {
    return new BakeError(`The connection was lost: ${action} "${path}"${end.reason ? `: ${end.reason}` : ""}`, {
      code: "winrm-unreachable",
    });
  }
  const code = end.status === "exited" ? end.code : undefined;
  if (code === EXIT.isDirectory) {
    const end = action === "download" ? "source" : "destination";
    return new BakeError(`"${name}" is a directory on the machine, not a file`, {
      code: `${end}-is-directory`,
      hint: `Add a trailing slash to ${end === "source" ? "download the directory" : "put the file into it"}.`,
    });
  }
  if (code === EXIT.missing) {
    return new BakeError(`"${path}" does not exist on the machine`, {
      code: "download-missing",
      hint: "Check the path, and whether an earlier provisioner creates it.",
    });
  }
  if (code === EXIT.digest) {
    return new BakeError(`"${name}" has another content on the machine than the one that was sent`, {
      code: "transfer-digest",
      hint: "Check that nothing changes the source during the upload, then run the build again.",
    });
  }
  return new BakeError(`Could not ${action} "${path}": ${lastLines(complaint) || `exit code ${code}`}`, {
    code: "transfer-failed",
    hint:
      action === "download"
        ? "Check that the user may read the file."
        : "Check that the user may write there, and that the disk has space.",
  });
}

function lastLines(text: string): string {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .slice(-3)
    .join("; ");
}
