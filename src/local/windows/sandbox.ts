import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { BakeError } from "../../core/errors.js";
import { loopbackAddress } from "../instances/ports.js";
import { openConsole, type Sandbox, type SandboxFactory } from "../instances/sandbox.js";
import { sentKeys } from "../instances/sent-keys.js";
import type { LaunchRequest, RequestGate, SandboxExit } from "../sandboxes.js";
import { accountsOf } from "./accounts.js";
import { type ServerCertificate, selfSignedCertificate } from "./certificate.js";
import { openFiles } from "./files.js";
import { openGuest } from "./guest.js";
import { listenForWinrm, type WinrmListener } from "./listener.js";
import { openPower } from "./power.js";
import { openRecorder } from "./record.js";
import { openShells } from "./shells.js";

/** Beginning of the layers of images of recorded instances. They have no files. */
const LAYER = "windows-record:";

/** Addresses that are tried before it is believed that another server has the ports on all of them. */
const TRIES = 8;

/** What the stand-ins of a local cloud share. */
export interface RecordingOptions {
  /** Directory of the records. */
  readonly directory: string;
  onDown(id: string, how: SandboxExit): void;
  /** Counts requests and applies faults to them; undefined serves each. */
  readonly onRequest?: RequestGate | undefined;
  /** One line for the user: that nothing runs, and where the record is. */
  onRecord(instanceId: string, path: string): void;
}

/** Returns whether a layer is of a recorded instance. */
export function isRecordedLayer(layer: string): boolean {
  return layer.startsWith(LAYER);
}

/**
 * Returns the factory of stand-ins for Windows instances: WinRM over HTTP and HTTPS that records what it is sent and runs nothing. The
 * records stay in the directory; files that were sent are removed with the instance.
 */
export function openRecordedWindows(options: RecordingOptions): SandboxFactory {
  const seed = randomBytes(2).readUInt16BE();
  let launched = 0;
  return {
    async make(request) {
      launched += TRIES;
      return await standIn(request, seed + launched, options);
    },
    // A layer is a name alone.
    discard: async () => undefined,
    close: async () => undefined,
  };
}

async function standIn(request: LaunchRequest, first: number, options: RecordingOptions): Promise<Sandbox> {
  const { instanceId, image, windows } = request;
  const { directory } = options;
  if (windows === undefined)
    throw new Error(`Image "${image.sourceName}" is of Windows, and the instance has no password`);
  const userData = request.userData && Buffer.from(request.userData).toString("utf8");
  const hostName = `EC2AMAZ-${randomBytes(4).toString("hex").slice(0, 7).toUpperCase()}`;
  const recorder = openRecorder(directory, instanceId, Date.now);
  const ownFiles = join(directory, `${instanceId}.files`);
  const sandboxConsole = openConsole();
  let bootedAt = performance.now();
  let listener: WinrmListener | undefined;
  let certificate: ServerCertificate | undefined;
  let address = "";

  const power = openPower((how) => {
    recorder.write({ event: "power", how });
    options.onDown(instanceId, how);
  });
  const guest = openGuest({
    hostName,
    recorder,
    files: openFiles(ownFiles, recorder),
    uptime: () => performance.now() - bootedAt,
    power: power.request,
  });
  const shells = openShells(guest);
  const listen = async (at: string): Promise<void> => {
    certificate ??= selfSignedCertificate(hostName, Date.now());
    const accounts = accountsOf(windows.password, userData);
    listener = await listenForWinrm({
      address: at,
      hostName,
      accounts,
      certificate,
      recorder,
      shells,
      gate: options.onRequest,
      now: Date.now,
    });
    address = at;
  };
  const unplug = async (): Promise<void> => {
    power.reset();
    shells.close();
    const closing = listener;
    listener = undefined;
    await closing?.close();
  };

  address = await firstFree(first, listen);
  return {
    id: instanceId,
    address,
    console: sandboxConsole,
    keys: sentKeys(Date.now),
    unplug,
    async up(isFirst) {
      if (isFirst) {
        options.onRecord(instanceId, recorder.path);
        recorder.write({ event: "boot", source: image.sourceName, userData });
      }
      bootedAt = performance.now();
      if (listener === undefined) await listen(address);
      sandboxConsole.write(`${new Date().toISOString()}: Windows is Ready to use (recorded, nothing runs)\r\n`);
    },
    down: unplug,
    async forget() {
      await unplug();
      recorder.close();
      rmSync(ownFiles, { recursive: true, force: true });
    },
    capture: async () => `${LAYER}${instanceId}-${Date.now().toString(36)}`,
  };
}

/** Listens on the first address whose ports are free, and returns it. */
async function firstFree(first: number, listen: (address: string) => Promise<void>): Promise<string> {
  for (let n = 0; n < TRIES; n += 1) {
    const address = loopbackAddress(first + n);
    try {
      await listen(address);
      return address;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    }
  }
  throw new BakeError(
    "No address is free for a local Windows instance: ports 5985 and 5986 are in use on every address that was tried",
    {
      code: "local-address",
      hint: "A server of the host probably listens on all addresses. Stop it during the bake.",
    },
  );
}
