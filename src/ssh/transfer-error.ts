import type { ExecResult } from "../core/communicator.js";
import { BakeError } from "../core/errors.js";

/** Exit codes of the transfer scripts, apart from those that tar, cat and chmod use. */
export const NO_TAR = 97;
export const IS_DIRECTORY = 98;
export const NO_DIRECTORY = 99;

/** The complaint about a transfer that did not end well; `complaints` is what the remote programs wrote to stderr. */
export function transferError(action: string, path: string, result: ExecResult, complaints: string): BakeError {
  if (result.status === "disconnected") return connectionLost(`${action} ${path}`);
  const code = result.status === "exited" ? result.code : undefined;
  if (code === IS_DIRECTORY) return isDirectory(path);
  if (code === NO_DIRECTORY) return noDirectory(path);
  const said = complaints.trim().split("\n").slice(-3).join("; ");
  const how = result.status === "exited" ? `exit code ${result.code}` : result.signal;
  return new BakeError(`${action} ${path} failed: ${said || how}`, {
    code: "transfer-failed",
    blame: "machine",
    hint: "Files are written as the login user: check that it may write there, or upload to /tmp and move the files with sudo in a shell provisioner.",
  });
}

export function connectionLost(during: string, cause?: unknown): BakeError {
  return new BakeError(`the SSH connection was lost during: ${during}`, {
    code: "ssh-disconnected",
    blame: "machine",
    cause,
  });
}

export function isDirectory(path: string): BakeError {
  return new BakeError(`${path} is a directory on the machine, not a file`, {
    code: "destination-is-directory",
    blame: "user",
    hint: `Write "${path}/" with a slash at the end to put the file into it.`,
  });
}

export function noDirectory(path: string): BakeError {
  return new BakeError(`${path} is no directory on the machine`, {
    code: "destination-missing",
    blame: "user",
    hint: "Nothing makes the destination of an upload: create it with a shell provisioner before this one.",
  });
}
