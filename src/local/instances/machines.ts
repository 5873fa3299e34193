import { mkdirSync } from "node:fs";
import { BakeError } from "../../core/errors.js";
import type { LaunchRequest, MachineEvents, MachineExit, Machines } from "../machines.js";
import { type Docker, type DockerOptions, dockerCommand, engineAnswers, supplyImage } from "./container/docker.js";
import { isContainerLayer, openContainers } from "./container/machines.js";
import { stockImage } from "./container/stock-image.js";
import { afterExit, type Sandbox } from "./machine.js";
import { openNamespaces, type SandboxFactory } from "./namespace/machines.js";
import { sourceNotices } from "./source-notices.js";
import { takeTurns } from "./turns.js";
import { isScript } from "./user-data.js";

export interface MachinesOptions {
  /** Folder of the local cloud; layers of images last in it from run to run. Created where missing. */
  readonly stateDir: string;
  readonly events: MachineEvents;
  /** The kind to use; undefined takes containers where an engine answers, else namespaces. */
  readonly prefer?: "namespace" | "container" | undefined;
  /** The engine to ask; undefined means `docker` with this process's environment. */
  readonly docker?: DockerOptions | undefined;
}

/**
 * Opens the machines of a local cloud, and cleans what a killed run left in the same folder. With an engine, a machine is a container
 * of the source AMI's distribution and release; where the engine cannot supply that image, and without an engine, it is a namespace.
 * Throws `local-machines`, which says what to install, where neither can be.
 */
export async function openMachines(options: MachinesOptions): Promise<Machines> {
  const { stateDir, events } = options;
  mkdirSync(stateDir, { recursive: true });
  const machines = new Map<string, Sandbox>();
  const stopped = new Set<string>();
  const turn = takeTurns();
  const onDown = (id: string, how: MachineExit) =>
    void turn(id, () => afterExit(stopped.has(id) ? undefined : machines.get(id), how, events));
  const docker = dockerCommand(options.docker);
  const hasEngine = options.prefer !== "namespace" && (await engineAnswers(docker));
  const containers = hasEngine ? await openContainers(docker, stateDir, onDown) : undefined;
  let namespaces: Promise<SandboxFactory> | undefined = containers ? undefined : openNamespaces(stateDir, onDown);
  await namespaces;
  const needNamespaces = () => {
    namespaces ??= openNamespaces(stateDir, onDown);
    return namespaces;
  };
  const notice = sourceNotices(events.onNotice);
  const workshopFor = async ({ image }: LaunchRequest): Promise<SandboxFactory> => {
    const layered = image.layers.length > 0;
    if (!layered && /windows/i.test(image.sourceName)) throw noWindows(image.sourceName);
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
    launch: (request) =>
      turn(request.instanceId, async () => {
        if (request.userData?.length && !isScript(request.userData))
          events.onNotice(
            `${request.instanceId}: user data that is no script (#!) is kept on the machine but not carried out`,
          );
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
      }),
    stop: (id) =>
      turn(id, async () => {
        stopped.add(id);
        await machines.get(id)?.down();
      }),
    start: (id) => turn(id, () => restart(known(machines, id), stopped)),
    reboot: (id) => turn(id, async () => void (await restart(known(machines, id), stopped))),
    terminate: (id) =>
      turn(id, async () => {
        const machine = machines.get(id);
        machines.delete(id);
        stopped.delete(id);
        await machine?.forget();
      }),
    console: async (id) => known(machines, id).console.text(),
    capture: (id) => turn(id, async () => await known(machines, id).capture()),
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

async function restart(machine: Sandbox, stopped: Set<string>): Promise<{ readonly address: string }> {
  await machine.down();
  stopped.delete(machine.id);
  await machine.up(false);
  return { address: machine.address };
}

function noWindows(sourceName: string): BakeError {
  return new BakeError(`no local machine can stand in for ${sourceName}: machines here run Linux`, {
    code: "source-not-mapped",
    hint: "Bake this template in AWS, or leave the build out of the rehearsal (-except).",
  });
}

function known(machines: ReadonlyMap<string, Sandbox>, id: string): Sandbox {
  const machine = machines.get(id);
  if (!machine) throw new Error(`no machine ${id}`);
  return machine;
}
