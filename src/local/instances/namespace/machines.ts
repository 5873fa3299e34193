import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { MachineEvents, MachineExit, Machines } from "../../machines.js";
import { addressSequence, listener } from "../address.js";
import { baseLayer } from "./base-layer.js";
import { readHostFacts, workFolders } from "./host-facts.js";
import { type Machine, makeMachine, type Shared } from "./machine.js";
import { sourceNotices } from "./source-notices.js";
import { startSupervisor } from "./supervisor.js";

/** First of the ids that machines' users have on the host; every run takes 65536 of them. */
const FIRST_ID = 0x4000_0000;

export interface NamespaceOptions {
  /** Folder that belongs to the machines of one local cloud; created where missing. */
  readonly stateDir: string;
  readonly events: MachineEvents;
}

/**
 * Machines as Linux namespaces over this machine's own system files. Needs root, or sudo without a password.
 * Throws `local-machines` with what is missing.
 */
export async function openNamespaceMachines({ stateDir, events }: NamespaceOptions): Promise<Machines> {
  const run = randomBytes(5).toString("hex");
  const streams = join(stateDir, `streams-${run}`);
  mkdirSync(stateDir, { recursive: true });
  mkdirSync(streams, { mode: 0o700 });
  const seed = Number.parseInt(run.slice(0, 6), 16);
  const asRoot = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  const machines = new Map<string, Machine>();
  const supervisor = await startSupervisor({
    state: join(stateDir, "machines"),
    run,
    firstId: FIRST_ID + (seed % 4096) * 65_536,
    streams,
    asRoot,
    onDown: (id, how) => void handleExit(machines.get(id), how, events),
  }).catch((error: unknown) => {
    rmSync(streams, { recursive: true, force: true });
    throw error;
  });
  const facts = readHostFacts(workFolders(stateDir, process.env, process.cwd()));
  await Promise.all(
    baseLayer(facts).map((entry) => {
      const mode = "mode" in entry ? entry.mode.toString(8) : "0";
      return supervisor.ask("put", { ...entry, mode, uid: entry.owner ?? 0, gid: entry.owner ?? 0 });
    }),
  );
  const shared: Shared = {
    supervisor,
    streams,
    tops: facts.tops,
    listen: listener(asRoot, streams),
    nextAddress: addressSequence(seed),
  };
  const notice = sourceNotices(events.onNotice);
  const known = (id: string) => {
    const machine = machines.get(id);
    if (!machine) throw new Error(`no machine ${id}`);
    return machine;
  };

  return {
    kind: "namespace",
    async launch(request) {
      notice(request.image.sourceName);
      const machine = await makeMachine(shared, request);
      machines.set(machine.id, machine);
      try {
        await machine.up(true);
      } catch (error) {
        machines.delete(machine.id);
        await machine.unplug();
        await supervisor.ask("forget", { id: machine.id }).catch(() => undefined);
        throw error;
      }
      return { address: machine.address };
    },
    stop: async (id) => machines.get(id)?.down(),
    async start(id) {
      const machine = known(id);
      await machine.down();
      await machine.up(false);
      return { address: machine.address };
    },
    async reboot(id) {
      const machine = known(id);
      await machine.down();
      await machine.up(false);
    },
    async terminate(id) {
      const machine = machines.get(id);
      if (!machine) return;
      machines.delete(id);
      await machine.unplug();
      await supervisor.ask("forget", { id });
    },
    console: async (id) => known(id).console.text(),
    async capture(id) {
      const layer = randomBytes(6).toString("hex");
      await supervisor.ask("capture", { id: known(id).id, layer });
      return layer;
    },
    async discard(layer) {
      if (/^[0-9a-f]{12}$/.test(layer)) await supervisor.ask("discard", { layer });
    },
    async close() {
      await Promise.all([...machines.values()].map((machine) => machine.unplug()));
      machines.clear();
      await supervisor.close();
      rmSync(streams, { recursive: true, force: true });
    },
  };
}

/** A machine went down by itself: after a reboot it comes back on the same address with its files. */
async function handleExit(machine: Machine | undefined, how: MachineExit, events: MachineEvents): Promise<void> {
  if (!machine) return;
  await machine.unplug();
  machine.console.write(how === "reboot" ? "reboot: Restarting system\r\n" : "reboot: Power down\r\n");
  events.onExit(machine.id, how);
  if (how !== "reboot") return;
  await machine.up(false).catch((error: unknown) => {
    events.onNotice(`${machine.id} did not come back: ${error instanceof Error ? error.message : String(error)}`);
    events.onExit(machine.id, "crash");
  });
}
