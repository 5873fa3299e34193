import { outputTail } from "../../core/output.js";
import type { Connection } from "../connect/connection.js";
import { execCommand } from "../exec.js";

/** The default shell of OpenSSH for Windows (registry value `DefaultShell`): `cmd.exe`, PowerShell, or another one such as Git's bash. */
export type WindowsShell = "cmd" | "powershell" | "other";

/** cmd.exe replaces the first word, PowerShell the second, and a POSIX shell removes the second. */
const PROBE = "echo %COMSPEC% $PSHOME";

/** Returns the default shell of the machine. A shell that prints something unknown counts as cmd.exe, which Packer assumes in all cases. */
export async function findWindowsShell(connection: Connection, signal: AbortSignal | undefined): Promise<WindowsShell> {
  const output = outputTail();
  await execCommand(connection, PROBE, {
    signal,
    pty: false,
    onOutput: (chunk, stream) => stream === "stdout" && output.push(chunk),
  });
  return shellIn(output.text());
}

/** Returns the shell that printed this for the probe. */
export function shellIn(output: string): WindowsShell {
  const words = output.trim().split(/\s+/);
  if (words[0] !== "%COMSPEC%") return "cmd";
  if (words.length > 1 && words[1] !== "$PSHOME") return "powershell";
  return words.length === 1 ? "other" : "cmd";
}

/**
 * Returns the line that runs `line` in cmd.exe, for which Packer's provisioners write it. PowerShell as the default shell would replace its
 * variables and lose its exit code (`exit $LastExitCode` has no value there), and version 5.1 refuses `&&`. So it starts cmd.exe with
 * these arguments and the same input and output. The text has no double quotes and no backslashes, which sshd would escape.
 */
export function lineForShell(line: string, shell: WindowsShell): string {
  if (shell !== "powershell") return line;
  const argument = Buffer.from(`/s /c "${line}"`).toString("base64");
  return [
    "$i = New-Object Diagnostics.ProcessStartInfo",
    "$i.FileName = $env:ComSpec",
    `$i.Arguments = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('${argument}'))`,
    "$i.UseShellExecute = $false",
    "$p = [Diagnostics.Process]::Start($i)",
    "$p.WaitForExit()",
    "exit $p.ExitCode",
  ].join("; ");
}
