import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { systemClock } from "../../src/core/clock.js";
import { poll } from "../../src/core/poll.js";
import { PROJECT } from "../engine/running.js";

/** Writes the command line as one program to `folder`, for tests that terminate a run; returns its path. */
export function writeCommandLine(folder: string): string {
  buildSync({
    entryPoints: [join(PROJECT, "src/index.ts")],
    outfile: join(folder, "index.cjs"),
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    mainFields: ["module", "main"],
    external: ["*.node"],
    loader: { ".pl": "text", ".sh": "text" },
    logLevel: "error",
  });
  const program = join(folder, "cli.cjs");
  writeFileSync(program, 'require("./index.cjs").cli();\n');
  return program;
}

/** A command line in a separate process. */
export interface RunningCommand {
  /** Resolves when `text` was written to either stream; rejects when the process ends without it. */
  said(text: string): Promise<void>;
  /** Sends a signal and waits until the process has ended; returns its exit code or signal. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
  /** Waits until the process has ended; returns its exit code. */
  ended(): Promise<number | NodeJS.Signals | null>;
  output(): string;
}

/** Starts `node PROGRAM ARGS`. */
export function startCommandLine(
  program: string,
  args: readonly string[],
  where: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): RunningCommand {
  const child: ChildProcess = spawn(process.execPath, [program, ...args], {
    ...where,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const watchers = new Set<() => void>();
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once("close", (code, signal) => resolve(code ?? signal));
  });
  const take = (chunk: Buffer) => {
    output += chunk.toString("utf8");
    for (const look of watchers) look();
  };
  child.stdout?.on("data", take);
  child.stderr?.on("data", take);
  return {
    output: () => output,
    ended: () => ended,
    said: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!output.includes(text)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
        void ended.then(() => reject(new Error(`it ended without "${text}":\n${output}`)));
      }),
    async end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

/** Waits until a condition holds, for half a minute. */
export async function until(condition: () => boolean): Promise<void> {
  await poll({
    clock: systemClock,
    interval: { first: 20, max: 200 },
    deadline: 30_000,
    onDeadline: () => new Error(`still not so: ${condition}`),
    probe: async () => (condition() ? { state: "done", value: undefined } : { state: "waiting" }),
  });
}
