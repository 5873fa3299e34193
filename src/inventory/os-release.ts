import type { Distribution } from "../core/packages.js";

/** Longest name for people, in characters. */
const LONGEST_NAME = 100;

/** Reads the lines of an os-release(5) file; fields that are missing or not as they should be are empty. Pure. */
export function readDistribution(lines: readonly string[]): Distribution {
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, key, value = ""] = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line.trim()) ?? [];
    if (key !== undefined && !fields.has(key)) fields.set(key, unquoted(value));
  }
  const word = (key: string) => {
    const value = fields.get(key) ?? "";
    return /^[a-z0-9._-]{1,64}$/.test(value) ? value : "";
  };
  const name = (fields.get("PRETTY_NAME") ?? fields.get("NAME") ?? "").replace(/\p{C}/gu, "").slice(0, LONGEST_NAME);
  return { id: word("ID"), version: word("VERSION_ID"), name: name === "" ? "Linux" : name };
}

/** Shell-like quoting: the file is made to be read by a shell, but nothing in it is run. */
function unquoted(text: string): string {
  const [, quote, inner] = /^(["'])(.*)\1$/.exec(text) ?? [];
  if (inner === undefined) return text;
  return quote === '"' ? inner.replace(/\\(["$`\\])/g, "$1") : inner;
}
