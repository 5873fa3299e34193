import type { MachineEvents, Machines } from "../machines.js";
import { openNamespaceMachines } from "./namespace/machines.js";

export interface MachinesOptions {
  /** Folder of the local cloud; layers of images last in it from run to run. Created where missing. */
  readonly stateDir: string;
  readonly events: MachineEvents;
  /** The kind to use; undefined takes containers where an engine answers, else namespaces. */
  readonly prefer?: "namespace" | "container";
}

/** Opens the machines of a local cloud, and cleans what a killed run left in the same folder. */
export async function openMachines(options: MachinesOptions): Promise<Machines> {
  return await openNamespaceMachines(options);
}
