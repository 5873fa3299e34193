import type { LayerId, MachineEvents, MachineExit } from "../machines.js";
import type { Console } from "./console.js";

/** One sandbox of either kind. */
export interface Sandbox {
  readonly id: string;
  readonly address: string;
  readonly console: Console;
  /** Boots; resolves once logins are taken. `first` on an instance's first boot. */
  up(first: boolean): Promise<void>;
  /** Cuts connections and stops listening, whether or not the processes still run. */
  unplug(): Promise<void>;
  /** Ends all processes; files stay. */
  down(): Promise<void>;
  /** Ends all processes and removes the files. */
  forget(): Promise<void>;
  /** Keeps what changed as a layer. */
  capture(): Promise<LayerId>;
}

/** A machine went down by itself: after a reboot it comes back on the same address with its files. */
export async function afterExit(machine: Sandbox | undefined, how: MachineExit, events: MachineEvents): Promise<void> {
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
