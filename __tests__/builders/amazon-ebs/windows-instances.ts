import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "../../../src/local/instances/sandbox.js";
import type { SandboxExit, Sandboxes } from "../../../src/local/sandboxes.js";
import type { RecordedEvent } from "../../../src/local/windows/record.js";
import { openRecordedWindows } from "../../../src/local/windows/sandbox.js";
import { sandboxesAt } from "./machine/sandboxes-at.js";

/** Instances with WinRM that record what they are sent. */
export interface WindowsInstances {
  readonly sandboxes: Sandboxes;
  /** Returns what the instances were sent so far, in order. */
  record(): readonly RecordedEvent[];
  close(): Promise<void>;
}

/** Opens sandboxes for Windows instances. `onDown` is called when an instance shuts itself down. */
export function windowsInstances(
  directory: () => string,
  onDown: (id: string, how: SandboxExit) => void,
): WindowsInstances {
  const running = new Map<string, Sandbox>();
  let factory: ReturnType<typeof openRecordedWindows> | undefined;
  const open = () => {
    factory ??= openRecordedWindows({
      directory: directory(),
      onDown: (id, how) => {
        void running.get(id)?.unplug();
        onDown(id, how);
      },
      onRecord: () => undefined,
    });
    return factory;
  };
  const sandboxes = sandboxesAt("", {
    async launch(request) {
      const sandbox = await open().make(request);
      running.set(request.instanceId, sandbox);
      await sandbox.up(true);
      return { address: sandbox.address };
    },
    stop: async (id) => running.get(id)?.down(),
    async terminate(id) {
      await running.get(id)?.forget();
      running.delete(id);
    },
  });
  return {
    sandboxes,
    record: () =>
      readdirSync(directory())
        .filter((name) => name.endsWith(".jsonl"))
        .flatMap((name) => readFileSync(join(directory(), name), "utf8").split("\n"))
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as RecordedEvent),
    async close() {
      for (const sandbox of running.values()) await sandbox.forget();
      await factory?.close();
    },
  };
}
