/** Characters that PowerShell reads as a single quote; in single quotes each is written twice. */
const SINGLE_QUOTES = /['\u2018-\u201B]/g;

/** Characters with a meaning in PowerShell's double quotes, and single quotes as Packer's formats have them. */
const SPECIAL = /[$"`'\u2018-\u201F]/g;

/** Returns a text as a literal of PowerShell, in single quotes. */
export function literal(text: string): string {
  return `'${text.replace(SINGLE_QUOTES, "$&$&")}'`;
}

/** Returns a text for PowerShell's double quotes: characters with a meaning have a backtick before them (Packer §5.5). */
export function escaped(text: string): string {
  return text.replace(SPECIAL, "`$&");
}

/** Returns a path as a PowerShell command has it: as it is where it needs no quotes, as in Packer's commands. */
export function psPath(path: string): string {
  return /^[\w:/\\.-]+$/.test(path) ? path : literal(path);
}

/** Returns a path as an argument of a command of cmd.exe. A file name of Windows has no double quote. */
export function cmdPath(path: string): string {
  return /^[\w:/\\.-]+$/.test(path) ? path : `"${path}"`;
}

/** Returns the line that runs a script without a file. It works in cmd.exe and in PowerShell as the login shell. */
export function encodedCommand(script: string): string {
  return `powershell.exe -NoProfile -NonInteractive -EncodedCommand ${Buffer.from(script, "utf16le").toString("base64")}`;
}

/** Returns the bytes of a generated script. Windows PowerShell reads a file as UTF-8 only if it begins with a byte-order mark. */
export function scriptBytes(text: string): Uint8Array {
  return Buffer.from(/[^\0-\x7f]/.test(text) ? `\uFEFF\n${text}` : text);
}

/** Returns a text for the content of an XML element. */
export function xmlText(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "\r": "&#13;",
    "\n": "&#10;",
  };
  return text.replace(/[&<>\r\n]/g, (char) => entities[char] ?? char);
}
