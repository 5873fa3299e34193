/** What is known of a server on Windows: OpenSSH for Windows, or another one whose image is of Windows. Undefined for all others. */
export type WindowsServer = "openssh" | "other" | undefined;

/** The identification of OpenSSH for Windows, for example `SSH-2.0-OpenSSH_for_Windows_9.5` (RFC 4253 §4.2). */
const OPENSSH = /^SSH-[\d.]+-OpenSSH_for_Windows/i;

/** Returns what serves SSH on Windows. `isWindows`: whether the source image is of Windows, where the builder knows it. */
export function windowsServer(identification: string, isWindows: boolean): WindowsServer {
  if (OPENSSH.test(identification)) return "openssh";
  return isWindows ? "other" : undefined;
}

/**
 * Returns a Windows path for SFTP: with slashes, and for OpenSSH in the form `/C:/path`, in which it returns paths itself. Other servers get
 * `C:/path`, which those of Cygwin and of Python understand, too. Relative paths start at the user's profile directory.
 */
export function windowsSftpPath(path: string, server: WindowsServer): string {
  const slashes = path.replaceAll("\\", "/");
  return server === "openssh" && /^[a-z]:(\/|$)/i.test(slashes) ? `/${slashes}` : slashes;
}
