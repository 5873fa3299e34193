import { type ExecResult, lostBecause } from "../../core/communicator.js";
import { BakeError, messageOf } from "../../core/errors.js";
import { connectionLost } from "../connect/connection.js";

/** Exit codes of the transfer scripts, different from those of tar, cat and chmod. */
export const NO_TAR = 97;
export const IS_DIRECTORY = 98;
export const NO_DIRECTORY = 99;

/** Action of a transfer in messages. */
type TransferAction = "upload to" | "download";

/** Returns the error for a failed transfer. `complaints`: stderr of the remote programs. */
export function transferError(action: TransferAction, path: string, result: ExecResult, complaints: string): BakeError {
  if (result.status === "disconnected") return connectionLost(`${action} "${path}"`, undefined, lostBecause(result));
  const code = result.status === "exited" ? result.code : undefined;
  if (code === IS_DIRECTORY) return directoryError(path, action === "download" ? "source" : "destination");
  if (code === NO_DIRECTORY) return missingDirectoryError(path);
  const message = complaints.trim().split("\n").slice(-3).join("; ");
  const how = result.status === "exited" ? `exit code ${result.code}` : result.signal;
  return new BakeError(`Could not ${action} "${path}": ${message || how}`, {
    code: "transfer-failed",
    hint: "Check that the login user may write there, or upload to /tmp and move the files with sudo in a shell provisioner.",
  });
}

/** Returns the error for a transfer of a file whose path on the machine is a directory. */
export function directoryError(path: string, end: "source" | "destination"): BakeError {
  return new BakeError(`"${path}" is a directory on the machine, not a file`, {
    code: `${end}-is-directory`,
    hint: `Add a trailing slash ("${path}/") to ${end === "source" ? "download the directory" : "put the file into it"}.`,
  });
}

/** Returns the error for an upload to a missing directory (Packer §4.4: an upload creates none). */
export function missingDirectoryError(path: string): BakeError {
  return new BakeError(`"${path}" is not a directory on the machine`, {
    code: "destination-missing",
    hint: "Create the directory with a shell provisioner before this one. Uploads do not create it.",
  });
}

/** Returns the error for an SFTP transfer that failed with `cause`. A `BakeError` is returned unchanged. */
export function sftpFailed(action: TransferAction, path: string, cause: unknown): BakeError {
  if (cause instanceof BakeError) return cause;
  return new BakeError(`Could not ${action} "${path}": ${messageOf(cause)}`, {
    code: "transfer-failed",
    hint:
      action === "upload to"
        ? "Check that the directory exists and that the login user may write there."
        : "Check that the file exists and that the login user may read it.",
    cause,
  });
}
