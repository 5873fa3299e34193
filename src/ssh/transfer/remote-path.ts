import { shellQuote } from "../../core/text.js";

/**
 * A remote path as a word for the shell: quoted, but for a leading `~`, `~user` or `$HOME`, which the remote shell has
 * always expanded in Packer's uploads (§4.4).
 */
export function pathWord(path: string): string {
  const match = /^(~[a-z_][\w-]*|~|\$HOME|\$\{HOME\})(?=\/|$)/i.exec(path);
  if (!match) return shellQuote(path);
  const home = match[0].startsWith("$") ? '"$HOME"' : match[0];
  const rest = path.slice(match[0].length + 1);
  return path === match[0] ? home : `${home}/${rest === "" ? "" : shellQuote(rest)}`;
}

/** A script for the remote `/bin/sh`, whatever the user's login shell is. */
export function shellCommand(script: string): string {
  return `/bin/sh -c ${shellQuote(script)}`;
}

/** Puts a path into the shell variable `name`; one that starts with a dash cannot be read as an option. */
export function assignPath(name: string, path: string): string {
  return `${name}=${pathWord(path)}; case $${name} in -*) ${name}=./$${name};; esac`;
}

/** The path for SFTP, which knows no shell: relative paths start at the user's home. */
export function sftpPath(path: string): string {
  const inHome = /^(?:~|\$HOME|\$\{HOME\})(?:\/+(.*))?$/s.exec(path);
  if (!inHome) return path;
  return inHome[1] || ".";
}

/** A remote glob as words for the shell: `*`, `?` and `[…]` keep their meaning, all else is quoted. */
export function globWords(glob: string): string {
  const home = /^(~[a-z_][\w-]*|~|\$HOME|\$\{HOME\})\//i.exec(glob)?.[0] ?? "";
  const rest = glob.slice(home.length).replace(/[*?]|\[[^\]/]*\]|[^*?[]+|\[/g, (part) => {
    if (part === "*" || part === "?" || (part.length > 1 && part.startsWith("["))) return part;
    return shellQuote(part);
  });
  return home + rest;
}
