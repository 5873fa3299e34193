import { randomUUID } from "node:crypto";
import { afterEach } from "@jest/globals";
import {
  openWinrmCommunicator,
  type WinrmCommunicator,
  type WinrmCommunicatorOptions,
} from "../../src/communicators/winrm.js";
import { abortReason, type Clock } from "../../src/core/clock.js";
import type { ExecResult } from "../../src/core/communicator.js";
import { noDebug } from "../../src/core/debug.js";
import { type ServiceSettings, startService, type TestService } from "./service.js";

/** A clock whose waits end at once. */
export function fastClock(): Clock {
  let now = Date.now();
  return {
    now: () => now,
    sleep: async (ms, signal) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (signal?.aborted) throw abortReason(signal);
      now += ms;
    },
  };
}

const releases: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
});

/** Starts a service that is closed after the test. */
export async function service(given: Partial<ServiceSettings> = {}, secure = false): Promise<TestService> {
  const started = await startService(given, secure);
  releases.push(started.close);
  return started;
}

/** Connects to a service. The connection is closed after the test. */
export async function connect(
  target: Pick<TestService, "port">,
  more: Partial<WinrmCommunicatorOptions> = {},
): Promise<WinrmCommunicator> {
  const communicator = await openWinrmCommunicator(options(target, more));
  releases.push(communicator.close);
  return communicator;
}

export function options(
  { port }: Pick<TestService, "port">,
  more: Partial<WinrmCommunicatorOptions> = {},
): WinrmCommunicatorOptions {
  return {
    address: async () => "127.0.0.1",
    port,
    https: false,
    insecure: false,
    ntlm: false,
    noProxy: false,
    user: "Administrator",
    password: "secret",
    way: undefined,
    timeout: 600_000,
    pauseBeforeConnecting: 0,
    surroundings: {
      clock: fastClock(),
      debug: noDebug,
      env: {},
      ids: { uuid: randomUUID, short: () => "x", random: Math.random },
    },
    signal: new AbortController().signal,
    onAttempt: undefined,
    ...more,
  };
}

/** How a command ended, and its output. */
export interface Ran {
  readonly end: ExecResult;
  readonly stdout: string;
  readonly stderr: string;
}

export async function run(communicator: WinrmCommunicator, line: string, signal?: AbortSignal): Promise<Ran> {
  const output = { stdout: "", stderr: "" };
  const end = await communicator.exec(line, {
    signal,
    onOutput: (chunk, stream) => {
      output[stream] += Buffer.from(chunk).toString();
    },
  });
  return { end, ...output };
}

/** Returns the error of a promise that must reject. */
export async function errorOf(promise: Promise<unknown>): Promise<Record<string, unknown>> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error("the promise did not reject");
  return Object.assign({ message: error.message }, error) as unknown as Record<string, unknown>;
}
