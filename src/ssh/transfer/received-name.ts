import { BakeError } from "../../core/errors.js";

/**
 * Returns the components of a path that the machine sent, each as latin1 text of its bytes, without `.` and empty ones. The machine is not
 * trusted: throws a `BakeError` for an absolute path, for `..`, and for anything in a `.git` directory, whose hooks Git runs.
 */
export function receivedParts(name: Buffer): readonly string[] {
  const text = name.toString("latin1");
  const parts = text.split("/").filter((part) => part !== "" && part !== ".");
  if (text.startsWith("/") || parts.includes("..") || text.includes("\0")) {
    throw refused(`The machine sent a file name that points outside the destination: ${shown(name)}`);
  }
  if (parts.some(isGitDirectory)) {
    throw refused(
      `The machine sent a ".git" directory, which is not downloaded: ${shown(name)}`,
      "Git runs programs that such a directory names. Pack it into an archive with a shell provisioner and download the archive.",
    );
  }
  return parts;
}

/** Returns the error for a name that is not written. */
export function refused(message: string, hint = UNTRUSTED): BakeError {
  return new BakeError(message, { code: "download-refused", hint });
}

const UNTRUSTED =
  "Nothing was written for this name. The machine may be compromised. Download single files if you do not trust it.";

/** Returns a name for a message, in quotes, with control characters escaped. Long names are shortened. */
export function shown(name: Buffer | string): string {
  const text = (typeof name === "string" ? Buffer.from(name, "latin1") : name).subarray(0, 1024).toString("utf8");
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}

/** Bytes of the names of a source. */
export const LARGEST_LISTING = 64 * 1024 * 1024;
const MOST_NAMES = 500_000;

/** Returns a function that counts a name of a listing. It throws an `Error` when the listing exceeds a limit. */
export function nameCounter(): (name: { readonly length: number }) => void {
  let bytes = 0;
  let names = 0;
  return ({ length }) => {
    bytes += length;
    names += 1;
    if (names > MOST_NAMES) throw new Error(`the source has more than ${MOST_NAMES} files and directories`);
    if (bytes > LARGEST_LISTING) throw new Error("the names in the source are too long");
  };
}

/** Characters that HFS+ ignores in names. */
const IGNORED = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/**
 * Returns whether a file system can treat a name as `.git`: in any case, with the ignored characters of HFS+, and NTFS's short name,
 * streams, trailing dots and spaces, and backslashes (Git's `core.protectHFS` and `core.protectNTFS`).
 */
function isGitDirectory(part: string): boolean {
  const plain = Buffer.from(part, "latin1").toString("utf8").replace(IGNORED, "").toLowerCase();
  return plain.split("\\").some((name) => /^(?:\.git|git~\d+)[. ]*$/.test(name.split(":", 1)[0] ?? ""));
}
