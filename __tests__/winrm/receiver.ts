import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import type { Program } from "./service.js";

/** The files and directories of a test machine, by path. Directories have the content undefined. */
export type Files = Map<string, Buffer | undefined>;

const ended = (exit: number, stdout = "", stderr = ""): Program => ({ steps: [{ stdout, stderr }], exit });

/** Returns the script of a command line that runs PowerShell. */
export function scriptOf(line: string): string {
  const encoded = /-EncodedCommand (\S+)/.exec(line)?.[1] ?? "";
  return Buffer.from(encoded, "base64").toString("utf16le");
}

/** Returns what the scripts of transfers do, by a machine that has these files. It follows the comments of the scripts. */
export function transferMachine(files: Files, other: (line: string) => Program = () => ended(0)) {
  return (line: string): Program => {
    const script = scriptOf(line);
    if (script.includes("foreach ($line in $input)"))
      return { steps: ["timeout"], read: (input) => receive(input, files) };
    const path = /\$name = & \$full '([^']*(?:''[^']*)*)'/.exec(script)?.[1]?.replaceAll("''", "'");
    if (path !== undefined) return send(path.replaceAll("/", "\\"), files);
    const root = /\$root = \(& \$full '([^']*)'\)/.exec(script)?.[1];
    const pattern = /& \$walk \$root '(.*)' }/.exec(script)?.[1] ?? "*";
    return root === undefined ? other(line) : list(root.replaceAll("/", "\\"), pattern, files);
  };
}

function receive(input: Buffer, files: Files): Program {
  let plan = Buffer.alloc(0);
  const received: Buffer[][] = [];
  for (const line of input.toString().split("\r\n")) {
    if (line.startsWith(">")) received.push([]);
    else if (received.length === 0) plan = Buffer.concat([plan, Buffer.from(line, "base64")]);
    else if (line !== "") received.at(-1)?.push(gunzipSync(Buffer.from(line, "base64")));
  }
  let next = 0;
  for (const entry of plan.toString().split("\n")) {
    const [kind, ...rest] = entry.split("\t");
    if (kind === "d") files.set(rest[0] ?? "", undefined);
    if (kind !== "f") continue;
    const content = Buffer.concat(received[next] ?? []);
    next += 1;
    const path = rest[1] ?? "";
    if (files.has(path) && files.get(path) === undefined) return ended(98, "", `${path}\r\n`);
    if (createHash("sha256").update(content).digest("hex") !== rest[0]) return ended(95, "", `${path}\r\n`);
    files.set(path, content);
  }
  return ended(next === received.length ? 0 : 1);
}

function send(path: string, files: Files): Program {
  const content = files.get(path);
  if (!content) return ended(files.has(path) ? 98 : 97, "", `${path}\r\n`);
  const lines: string[] = [];
  for (let at = 0; at === 0 || at < content.length; at += 196_608) {
    lines.push(`${content.subarray(at, at + 196_608).toString("base64")}\r\n`);
  }
  lines.push(`#${createHash("sha256").update(content).digest("hex").toUpperCase()}\r\n`);
  return { steps: lines.map((stdout) => ({ stdout })), exit: 0 };
}

function list(root: string, pattern: string, files: Files): Program {
  const matching = new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", "[^\\\\]*")}(?:\\\\|$)`);
  const names = [...files].filter(
    ([path]) => path.startsWith(`${root}\\`) && matching.test(path.slice(root.length + 1)),
  );
  const lines = names.map(([path, content]) =>
    Buffer.from(`${content ? "f" : "d"}\t${path.slice(root.length + 1).replaceAll("\\", "/")}`).toString("base64"),
  );
  return files.has(root) ? ended(0, lines.map((line) => `${line}\r\n`).join("")) : ended(97, "", root);
}
