/** The texts of errors of the file system, by Node's code (errno(3)). */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or directory",
  ENOTDIR: "a part of the path is not a directory",
  EEXIST: "a part of the path is not a directory",
  EISDIR: "it is a directory",
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left on the disk",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the limit of the file size is reached",
  ERR_FS_FILE_TOO_LARGE: "the file is larger than 16 MB, the most that a template can read",
  EMFILE: "too many open files",
  ENFILE: "too many open files on this host",
  ELOOP: "the symbolic links form a loop",
  ENAMETOOLONG: "the path is too long",
  ENOTEMPTY: "the directory is not empty",
  EBUSY: "the file is in use",
  ETXTBSY: "the file is a program that is running",
  EXDEV: "the paths are on different file systems",
  EIO: "the disk reported an error",
};

/** Returns the reason of a failed access to a file as the end of a sentence, e.g. "permission denied"; the message of any other error. */
export function describeFileError(error: unknown): string {
  return reasonFor(error) ?? thrownText(error);
}

/** Returns the message of anything thrown. Errors of another realm, such as a vm context, are not instances of this one's `Error`. */
export function thrownText(error: unknown): string {
  const isLikeError = typeof error === "object" && error !== null && "message" in error;
  return isLikeError && typeof error.message === "string" ? error.message : String(error);
}

/**
 * Returns reason and path of an error that Node threw for a file, e.g. `permission denied: "/etc/shadow"`, or for a program that could
 * not be started. Reads of an open file have no path. Returns undefined for any other error.
 */
export function fileErrorText(error: unknown): string | undefined {
  const reason = reasonFor(error);
  if (reason === undefined) return undefined;
  const { syscall, path, address } = error as NodeJS.ErrnoException & { readonly address?: unknown };
  // An error of a socket has an address, and its own message names it.
  if (syscall === undefined || address !== undefined) return undefined;
  const text = syscall.startsWith("spawn") ? `cannot run a program: ${reason}` : reason;
  return path === undefined ? text : `${text}: "${path}"`;
}

function reasonFor(error: unknown): string | undefined {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  return Object.hasOwn(REASONS, code) ? REASONS[code] : undefined;
}
