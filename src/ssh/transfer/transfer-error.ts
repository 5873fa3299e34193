import type { ExecResult } from "../../core/communicator.js";
import { BakeError, messageOf } from "../../core/errors.js";
import { connectionLost } from "../connect/connection.js";

/** Exit codes of the transfer scripts, apart from those that tar, cat and chmod use. */
export const NO_TAR = 97;
export const IS_DIRECTORY = 98;
export const NO_DIRECTORY = 99;

/** The complaint about a transfer that did not end well; `complaints` is what the remote programs wrote to stderr. */
export function transferError(action: string, path: string, result: ExecResult, complaints: string): BakeError {
  if (result.status === "disconnected") return connectionLost(`${action} ${path}`);
  const code = result.status === "exited" ? result.code : undefined;
  if (code === IS_DIRECTORY) return isDirectory(path, action === "downloading" ? "source" : "destination");
  if (code === NO_DIRECTORY) return noDirectory(path);
  const said = complaints.trim().split("\n").slice(-3).join("; ");
  const how = result.status === "exited" ? `exit code ${result.code}` : result.signal;
  return new BakeError(`${action} ${path} failed: ${said || how}`, {
    code: "transfer-failed",
    hint: "Files are written as the login user: check that it may write there, or upload to /tmp and move the files with sudo in a shell provisioner.",
  });
}

/** A single file was named at one end of a transfer, and the machine has a folder there. */
export function isDirectory(path: string, end: "source" | "destination"): BakeError {
  return new BakeError(`${path} is a directory on the machine, not a file`, {
    code: `${end}-is-directory`,
    hint: `Write "${path}/" with a slash at the end to ${end === "source" ? "fetch the folder" : "put the file into it"}.`,
  });
}

/** The folder that an upload goes into is not there (Packer §4.4: an upload makes none). */
export function noDirectory(path: string): BakeError {
  return new BakeError(`${path} is no directory on the machine`, {
    code: "destination-missing",
    hint: "Nothing makes the destination of an upload: create it with a shell provisioner before this one.",
  });
}

/** The complaint about an SFTP transfer that failed with `cause`; a `BakeError` stays what it is. */
export function sftpFailed(action: "uploading" | "downloading", path: string, cause: unknown): BakeError {
  if (cause instanceof BakeError) return cause;
  return new BakeError(`${action} ${path} failed: ${messageOf(cause)}`, {
    code: "transfer-failed",
    hint:
      action === "uploading"
        ? "Files are written as the login user: check that the folder exists and that it may write there."
        : "Files are read as the login user: check that the file is there and that it may read it.",
    cause,
  });
}
