/**
 * Faults in the WinRM of a Windows bake. The instance is a stand-in that records what it is sent and runs nothing. A row is a kind of fault at
 * an operation of WinRM (`WinrmCommand`, `WinrmReceive`, …) or at GetPasswordData. The bake must succeed, or end with an error and leave
 * nothing. No command of the template may be started twice, and each file that arrives must have its digest.
 */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { KINDS } from "./kinds.mjs";

/** Bytes of the uploaded file: several Send requests. */
const SIZE = 700_000;

/** The kinds of fault at requests to an instance: those that a network, a busy Windows and a lost runner cause. */
export const WINDOWS_KINDS = Object.fromEntries(
  ["killed after", "answer lost", "SIGINT", "throttled", "error 500", "reset", "hang"].map((name) => [
    name,
    KINDS[name],
  ]),
);

/** Returns the points of a bake at which faults strike: its requests that only Windows bakes make, each by its number among its kind. */
export function windowsPoints(calls) {
  return calls
    .filter(({ action }) => action.startsWith("Winrm") || action === "GetPasswordData")
    .map(({ seq, action, nth }) => ({ seq, action, at: { action, nth } }));
}

/** Returns what a Windows bake has in place of the options and provisioners of other bakes; undefined for those. */
export function windowsOf(kind, folder) {
  if (kind !== "windows") return undefined;
  const content = randomBytes(SIZE);
  const source = join(folder, "content");
  writeFileSync(source, content);
  const digest = createHash("sha256").update(content).digest("hex");
  return {
    options: {
      source_ami_filter: {
        filters: { name: "Windows_Server-2022-English-Full-Base-*" },
        owners: ["amazon"],
        most_recent: true,
      },
      communicator: "winrm",
      winrm_username: "Administrator",
      winrm_timeout: "10m",
    },
    provisioners: [
      { type: "file", source, destination: "C:/Windows/Temp/content.bin" },
      { type: "powershell", inline: ["Write-Host only once"] },
      { type: "windows-restart", restart_timeout: "5m" },
      { type: "windows-shell", inline: ["echo only once"] },
    ],
    complaints: (cloud) => recordsOf(cloud).flatMap((events) => complaintsOf(events, digest)),
  };
}

/** Returns the events of each instance that the cloud recorded since it was emptied, and removes the records. */
function recordsOf({ folder }) {
  const directory = join(folder, "windows");
  // The fault struck before an instance was launched.
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) =>
      readFileSync(join(directory, name), "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line)),
    );
}

/** The lines that run scripts of the template: each has a name of its own, or is of the batch file. */
const SCRIPT = /script-[\w-]+\.ps1|script\.bat"$/;

function complaintsOf(events, digest) {
  const lines = events.filter(({ event, line }) => event === "command" && SCRIPT.test(line) && !/^del /.test(line));
  const counts = new Map();
  for (const { line } of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  const twice = [...counts].filter(([, count]) => count > 1).map(([line]) => `started twice: ${line}`);
  const contents = events.filter(({ event, path }) => event === "file" && /content\.bin$/.test(path));
  const last = contents.at(-1);
  const ran = lines.length > 0;
  return ran && last?.sha256 !== digest ? [...twice, "the uploaded file differs"] : twice;
}
