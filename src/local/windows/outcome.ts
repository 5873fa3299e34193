/** What a command did, when it is known at once. */
export interface GuestOutcome {
  readonly stdout: string | Buffer;
  readonly exit: number;
  /** Transfers of files are recorded as files, not as commands. */
  readonly isTransfer: boolean;
}

/** A command that reads files from its standard input. */
export interface Receiving {
  write(bytes: Buffer): void;
  /** Returns the exit code, and a text for standard error. */
  end(): { readonly exit: number; readonly stderr: string };
}

/** The instance whose name and uptime scripts print. */
interface Printed {
  readonly hostName: string;
  uptime(): number;
}

/**
 * Returns what the clients of builds wait for: the text that shows that a login works, the check after a restart (Packer §5.5; with the
 * uptime in bake-ami's), and registry keys that do not exist. Everything else prints nothing.
 */
export function expectedOutput(script: string, { hostName, uptime }: Printed): string {
  const lines: string[] = [];
  if (/\bWinRM connected\./.test(script)) lines.push("WinRM connected.");
  if (/\brestarted\."? -f/.test(script)) {
    lines.push(`${hostName} restarted.`);
    if (/'uptime \{0\}' -f/.test(script)) lines.push(`uptime ${Math.floor(uptime())}`);
  }
  for (const _test of script.match(/\bTest-Path\s+["']?(?:HKLM|HKCU|Registry::)/gi) ?? []) lines.push("False");
  return lines.map((line) => `${line}\r\n`).join("");
}
