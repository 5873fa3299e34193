import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { withDebugLog } from "../../src/cli/debug.js";
import { runCommandLine } from "../../src/cli/run.js";
import type { Terminal } from "../../src/cli/terminal.js";
import { redactor } from "../../src/core/secrets/redactor.js";
import { engine } from "../../src/engine/engine.js";
import { noStreams } from "../support/streams.js";

/** The folder of the project. */
export const PROJECT = resolve(fileURLToPath(new URL("../..", import.meta.url)));

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What a command line runs in, beside its arguments. */
export interface Circumstances {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Runs a command line with the real engine, as `bake-ami ARGS` does, in this process. */
export async function runReally(args: readonly string[], circumstances: Circumstances = {}): Promise<Ran> {
  const { cwd = PROJECT, env = {}, input = "" } = circumstances;
  const out: string[] = [];
  const err: string[] = [];
  const environment: Record<string, string | undefined> = { PATH: process.env.PATH, HOME: cwd, ...env };
  const { signal } = new AbortController();
  const interruption = { signal, releaseSignal: signal, stop: () => undefined };
  const secrets = redactor();
  const own: Terminal = {
    write: (line) => out.push(line),
    error: (line) => err.push(line),
    isTerminal: false,
    streams: noStreams(),
    isFile: false,
    whileOthersPrint: (work) => work(),
    ask: undefined,
    readAll: async () => input,
    async *readLines() {
      yield* input.split("\n");
    },
  };
  const { terminal, debug } = withDebugLog(own, { env: environment, cwd, secrets });
  const code = await runCommandLine(args, {
    ...{ terminal, secrets, debug },
    engine: engine({
      ...{ env: environment, interruption, startedAt: new Date("2026-02-03T04:05:06Z") },
      debug,
      webIdentity: undefined,
    }),
    env: environment,
    cwd,
    signal,
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}
