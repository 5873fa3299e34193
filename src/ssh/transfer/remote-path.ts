import { shellQuote } from "../../core/text.js";

/**
 * Returns a remote path as a shell word. It is quoted, except a leading `~`, `~user` or `$HOME`, which the remote shell expands in Packer's
 * uploads (§4.4).
 */
export function pathWord(path: string): string {
  const match = /^(~[a-z_][\w-]*|~|\$HOME|\$\{HOME\})(?=\/|$)/i.exec(path);
  if (!match) return shellQuote(path);
  const home = match[0].startsWith("$") ? '"$HOME"' : match[0];
  const rest = path.slice(match[0].length + 1);
  return path === match[0] ? home : `${home}/${rest === "" ? "" : shellQuote(rest)}`;
}

/**
 * Returns a command that runs a script of one line in the remote `sh`, for any login shell. `sh` is searched in the PATH, because rbash
 * refuses a path.
 */
export function shellCommand(script: string): string {
  return `sh -c ${shellQuote(script)}`;
}

/** Returns a shell assignment of a path to `name`. A path that starts with a dash gets `./` in front, so that it is not an option. */
export function assignPath(name: string, path: string): string {
  return `${name}=${pathWord(path)}; case $${name} in -*) ${name}=./$${name};; esac`;
}

/** Returns the path for SFTP, which has no shell: relative paths start at the user's home directory. */
export function sftpPath(path: string): string {
  const inHome = /^(?:~|\$HOME|\$\{HOME\})(?:\/+(.*))?$/s.exec(path);
  if (!inHome) return path;
  return inHome[1] || ".";
}

/** Returns a remote glob as shell words: `*`, `?` and `[…]` keep their meaning, everything else is quoted. */
export function globWords(glob: string): string {
  const home = /^(~[a-z_][\w-]*|~|\$HOME|\$\{HOME\})\//i.exec(glob)?.[0] ?? "";
  const rest = glob.slice(home.length).replace(/[*?]|\[[^\]/]*\]|[^*?[]+|\[/g, (part) => {
    if (part === "*" || part === "?" || (part.length > 1 && part.startsWith("["))) return part;
    return shellQuote(part);
  });
  return home + rest;
}
