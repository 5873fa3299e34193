import { mkdirSync } from "node:fs";
import type { LaunchRequest, MachineEvents, MachineExit, Machines } from "../machines.js";
import { type Docker, type DockerOptions, dockerCommand, engineAnswers, supplyImage } from "./container/docker.js";
import { isContainerLayer, openContainers } from "./container/machines.js";
import { stockImage } from "./container/stock-image.js";
import { afterExit, type Machine } from "./machine.js";
import { openNamespaces, type Workshop } from "./namespace/machines.js";
import { sourceNotices } from "./source-notices.js";

export interface MachinesOptions {
  /** Folder of the local cloud; layers of images last in it from run to run. Created where missing. */
  readonly stateDir: string;
  readonly events: MachineEvents;
  /** The kind to use; undefined takes containers where an engine answers, else namespaces. */
  readonly prefer?: "namespace" | "container";
  /** The engine to ask; undefined means `docker` with this process's environment. */
  readonly docker?: DockerOptions;
}

/**
 * Opens the machines of a local cloud, and cleans what a killed run left in the same folder. With an engine, a machine is a container
 * of the source AMI's distribution and release; where the engine cannot supply that image, and without an engine, it is a namespace.
 * Throws `local-machines`, which says what to install, where neither can be.
 */
export async function openMachines(options: MachinesOptions): Promise<Machines> {
  const { stateDir, events } = options;
  mkdirSync(stateDir, { recursive: true });
  const machines = new Map<string, Machine>();
  const onDown = (id: string, how: MachineExit) => void afterExit(machines.get(id), how, events);
  const docker = dockerCommand(options.docker);
  const hasEngine = options.prefer !== "namespace" && (await engineAnswers(docker));
  const containers = hasEngine ? await openContainers(docker, stateDir, onDown) : undefined;
  let namespaces: Promise<Workshop> | undefined = containers ? undefined : openNamespaces(stateDir, onDown);
  await namespaces;
  const needNamespaces = () => {
    namespaces ??= openNamespaces(stateDir, onDown);
    return namespaces;
  };
  const notice = sourceNotices(events.onNotice);
  const workshopFor = async ({ image }: LaunchRequest): Promise<Workshop> => {
    const layered = image.layers.length > 0;
    const inContainer = layered
      ? image.layers.every(isContainerLayer)
      : await hasStock(docker, image.sourceName, hasEngine);
    notice(image.sourceName, inContainer ? stockImage(image.sourceName) : undefined, hasEngine);
    if (!inContainer) return await needNamespaces();
    if (containers) return containers;
    throw new Error(`the image ${image.layers.join(", ")} was made by a container engine, and none answers now`);
  };
  return {
    kind: containers ? "container" : "namespace",
    async launch(request) {
      const machine = await (await workshopFor(request)).make(request);
      machines.set(machine.id, machine);
      try {
        await machine.up(true);
      } catch (error) {
        machines.delete(machine.id);
        await machine.forget().catch(() => undefined);
        throw error;
      }
      return { address: machine.address };
    },
    stop: async (id) => machines.get(id)?.down(),
    start: (id) => restart(known(machines, id)),
    reboot: async (id) => void (await restart(known(machines, id))),
    async terminate(id) {
      const machine = machines.get(id);
      machines.delete(id);
      await machine?.forget();
    },
    console: async (id) => known(machines, id).console.text(),
    capture: async (id) => await known(machines, id).capture(),
    async discard(layer) {
      if (isContainerLayer(layer)) await containers?.discard(layer);
      else if (/^[0-9a-f]{12}$/.test(layer)) await (await needNamespaces()).discard(layer);
    },
    async close() {
      await Promise.all([...machines.values()].map((machine) => machine.unplug()));
      machines.clear();
      await Promise.all([containers?.close(), namespaces?.then((workshop) => workshop.close())]);
    },
  };
}

async function hasStock(docker: Docker, sourceName: string, hasEngine: boolean): Promise<boolean> {
  const image = stockImage(sourceName);
  return hasEngine && image !== undefined && (await supplyImage(docker, image));
}

async function restart(machine: Machine): Promise<{ readonly address: string }> {
  await machine.down();
  await machine.up(false);
  return { address: machine.address };
}

function known(machines: ReadonlyMap<string, Machine>, id: string): Machine {
  const machine = machines.get(id);
  if (!machine) throw new Error(`no machine ${id}`);
  return machine;
}
