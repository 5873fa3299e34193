import { BakeError } from "../core/errors.js";

/** Longest line of cmd.exe (Microsoft, "Command prompt line string limitation"), and of a program (CreateProcessW). */
const LONGEST_FOR_CMD = 8191;
const LONGEST = 32_000;

/** A program with its arguments, without anything that only cmd.exe understands. */
const PLAIN_PROGRAM = /^(?:powershell|pwsh|[\w.:\\-]+\.exe)(?:\.exe)?\s/i;
const CMD_SYNTAX = /[&|<>^%!\r\n]/;

/**
 * Returns whether cmd.exe runs the line. A line that is too long for it runs directly if it is a program with arguments. Throws a `BakeError`
 * (`winrm-command-too-long`) if neither is possible, and for characters that XML does not have.
 */
export function needsCmd(line: string): boolean {
  const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.exec(line);
  if (control) {
    const code = control[0].charCodeAt(0).toString(16).padStart(4, "0");
    throw new BakeError(`The command has a control character that WinRM cannot send: U+${code.toUpperCase()}`, {
      code: "winrm-command-invalid",
      hint: "Write the command into a script file.",
    });
  }
  if (line.length <= LONGEST_FOR_CMD) return true;
  const unquoted = line.replace(/"[^"]*"/g, "");
  if (line.length <= LONGEST && PLAIN_PROGRAM.test(line) && !CMD_SYNTAX.test(unquoted) && !/[%!\r\n]/.test(line))
    return false;
  throw new BakeError(
    `The command has ${line.length} characters; cmd.exe runs at most ${LONGEST_FOR_CMD}, and a program without it ${LONGEST}`,
    { code: "winrm-command-too-long", hint: "Write the command into a script file and run that." },
  );
}
