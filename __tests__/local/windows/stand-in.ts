import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { openWinrmCommunicator, type WinrmCommunicatorOptions } from "../../../src/communicators/winrm.js";
import { systemClock } from "../../../src/core/clock.js";
import { noDebug } from "../../../src/core/debug.js";
import type { Sandbox } from "../../../src/local/instances/sandbox.js";
import type { RecordedEvent } from "../../../src/local/windows/record.js";
import { openRecordedWindows } from "../../../src/local/windows/sandbox.js";

/** The administrator's password of all stand-ins in tests. */
export const PASSWORD = `Pa55"'&%$<>word;`;

/** A stand-in that runs, its record so far, and how it went down. */
export interface StandIn {
  readonly sandbox: Sandbox;
  readonly downs: readonly string[];
  record(): readonly RecordedEvent[];
  close(): Promise<void>;
}

/** Starts a stand-in with a directory for its record. */
export async function startStandIn(directory: string, userData?: string): Promise<StandIn> {
  const downs: string[] = [];
  let path = "";
  const factory = openRecordedWindows({
    directory,
    onDown: (_id, how) => void downs.push(how),
    onRecord: (_id, file) => {
      path = file;
    },
  });
  const sandbox = await factory.make({
    instanceId: "i-1",
    hostName: "ip-10-0-0-1",
    image: { sourceName: "Windows_Server-2022-English-Full-Base-2026.11.11", layers: [] },
    authorizedKeys: [],
    userData: userData === undefined ? undefined : Buffer.from(userData),
    windows: { password: PASSWORD },
  });
  await sandbox.up(true);
  return {
    sandbox,
    downs,
    record: () =>
      readFileSync(path, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as RecordedEvent),
    async close() {
      await sandbox.forget();
      await factory.close();
    },
  };
}

/** Connects as builds do. */
export function connectTo({ sandbox }: StandIn, changes: Partial<WinrmCommunicatorOptions> = {}) {
  const https = changes.https ?? false;
  return openWinrmCommunicator({
    address: async () => sandbox.address,
    port: https ? 5986 : 5985,
    https,
    insecure: true,
    ntlm: false,
    noProxy: true,
    user: "Administrator",
    password: PASSWORD,
    way: undefined,
    timeout: 20_000,
    pauseBeforeConnecting: 0,
    surroundings: {
      clock: systemClock,
      debug: noDebug,
      env: {},
      ids: { uuid: randomUUID, short: (length) => randomUUID().slice(0, length), random: () => 0.5 },
    },
    signal: new AbortController().signal,
    onAttempt: undefined,
    ...changes,
  });
}
