import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BakeError } from "../../core/errors.js";
import { setting } from "../../core/setting.js";
import type { WindowsMode } from "../../core/settings.js";
import type { LaunchRequest, LayerId, SandboxEvents, SandboxExit, Sandboxes } from "../sandboxes.js";
import { isRecordedLayer, openRecordedWindows } from "../windows/sandbox.js";
import { type Docker, type DockerOptions, dockerCommand, engineResponds, ensureImage } from "./container/docker.js";
import { isContainerLayer, openContainers } from "./container/factory.js";
import { containerImageOf } from "./container/image-names.js";
import { openNamespaces } from "./namespace/factory.js";
import { handleExit, isScript, type Sandbox, type SandboxFactory } from "./sandbox.js";

/** What the sandboxes of a local cloud are opened with. */
export interface SandboxesOptions {
  /** Directory of the local cloud; layers of images last in it from run to run. Created where missing. */
  readonly stateDir: string;
  readonly events: SandboxEvents;
  /** What happens to Windows instances: `refuse`, or `record` what they are requested to do and run nothing. */
  readonly windows?: WindowsMode | undefined;
  /** The kind to use; undefined means containers where an engine responds, else namespaces. */
  readonly prefer?: "namespace" | "container" | undefined;
  /** Most processes and threads; undefined means 8192, or half of what the kernel allows if that is less. */
  readonly processes?: number | undefined;
  /** The container engine; undefined means `docker` with this process's environment. */
  readonly docker?: DockerOptions | undefined;
}

/**
 * Opens the sandboxes of a local cloud, and cleans what a killed run left in the same directory. With an engine, a sandbox is a
 * container of the source AMI's distribution and release; where the engine cannot supply that image, and without an engine, it is
 * a namespace. Throws `local-machines`, with a hint what to install, when neither is possible.
 */
export async function openSandboxes(options: SandboxesOptions): Promise<Sandboxes> {
  const { stateDir, events } = options;
  const processes = options.processes ?? mostProcesses();
  mkdirSync(stateDir, { recursive: true });
  const sandboxes = new Map<string, Sandbox>();
  const stopped = new Set<string>();
  const turn = queueByKey();
  const onDown = (id: string, how: SandboxExit) =>
    void turn(id, () => handleExit(stopped.has(id) ? undefined : sandboxes.get(id), how, events));
  const docker = dockerCommand(options.docker);
  const hasEngine = options.prefer !== "namespace" && (await engineResponds(docker));
  const containers = hasEngine ? await openContainers(docker, stateDir, { processes, onDown }) : undefined;
  let namespaces: Promise<SandboxFactory> | undefined = containers
    ? undefined
    : openNamespaces(stateDir, { processes, onDown });
  const records = options.windows === "record";
  const windows = records
    ? openRecordedWindows({
        directory: join(stateDir, "windows"),
        onDown,
        onRequest: events.onRequest,
        onRecord: events.onRecord ?? (() => undefined),
      })
    : undefined;
  // A host without sandboxes can still record.
  if (windows) namespaces?.catch(() => undefined);
  else await namespaces;
  const needNamespaces = () => {
    namespaces ??= openNamespaces(stateDir, { processes, onDown });
    return namespaces;
  };
  const notice = sourceNotices(events.onNotice);
  const workshopFor = async ({ image, windows: login }: LaunchRequest): Promise<SandboxFactory> => {
    const layered = image.layers.length > 0;
    if (login !== undefined || image.layers.some(isRecordedLayer) || (!layered && /windows/i.test(image.sourceName))) {
      if (windows === undefined) throw noWindows(image.sourceName);
      return windows;
    }
    const inContainer = layered
      ? image.layers.every(isContainerLayer)
      : await hasStock(docker, image.sourceName, hasEngine);
    notice(image.sourceName, inContainer ? containerImageOf(image.sourceName) : undefined, hasEngine);
    if (!inContainer) return await needNamespaces();
    if (containers) return containers;
    throw new Error(`The image (${image.layers.join(", ")}) needs a container engine, and none responds`);
  };
  const discarding = new Set<Promise<void>>();
  const discardLayer = async (layer: LayerId) => {
    if (isRecordedLayer(layer)) return;
    if (isContainerLayer(layer)) await containers?.discard(layer);
    else if (/^[0-9a-f]{12}$/.test(layer)) await (await needNamespaces()).discard(layer);
  };
  return {
    kind: containers ? "container" : "namespace",
    refusal: ({ sourceName }, isWindows) =>
      isWindows && windows === undefined ? noWindows(sourceName).message : undefined,
    launch: (request) =>
      turn(request.instanceId, async () => {
        if (request.userData?.length && !request.windows && !isScript(request.userData))
          events.onNotice(
            `${request.instanceId}: user data is not a script (#!); it is stored on the instance and not run`,
          );
        const sandbox = await (await workshopFor(request)).make(request);
        sandboxes.set(sandbox.id, sandbox);
        try {
          await sandbox.up(true);
        } catch (error) {
          sandboxes.delete(sandbox.id);
          await sandbox.forget().catch(() => undefined);
          throw error;
        }
        return { address: sandbox.address };
      }),
    stop: (id) =>
      turn(id, async () => {
        stopped.add(id);
        await sandboxes.get(id)?.down();
      }),
    start: (id) => turn(id, () => restart(known(sandboxes, id), stopped)),
    reboot: (id) => turn(id, async () => void (await restart(known(sandboxes, id), stopped))),
    terminate: (id) =>
      turn(id, async () => {
        const sandbox = sandboxes.get(id);
        sandboxes.delete(id);
        stopped.delete(id);
        await sandbox?.forget();
      }),
    sendKey: async (id, user, publicKey) => known(sandboxes, id).keys.send(user, publicKey),
    console: async (id) => known(sandboxes, id).console.text(),
    capture: (id) => turn(id, async () => await known(sandboxes, id).capture()),
    discard(layer) {
      const work = discardLayer(layer).finally(() => discarding.delete(work));
      discarding.add(work);
      return work;
    },
    async close() {
      // What removes them ends with the sandboxes.
      await Promise.allSettled(discarding);
      await Promise.all([...sandboxes.values()].map((sandbox) => sandbox.unplug()));
      sandboxes.clear();
      await Promise.all([containers?.close(), namespaces?.then((workshop) => workshop.close(), onlyRecorded)]);
    },
  };
}

/** The error of a host without sandboxes was reported by the launch that needed them. */
const onlyRecorded = (): void => undefined;

async function hasStock(docker: Docker, sourceName: string, hasEngine: boolean): Promise<boolean> {
  const image = containerImageOf(sourceName);
  return hasEngine && image !== undefined && (await ensureImage(docker, image));
}

async function restart(sandbox: Sandbox, stopped: Set<string>): Promise<{ readonly address: string }> {
  await sandbox.down();
  stopped.delete(sandbox.id);
  await sandbox.up(false);
  return { address: sandbox.address };
}

function noWindows(sourceName: string): BakeError {
  return new BakeError(
    `Source AMI "${sourceName}" is of Windows, which the local cloud cannot run. Set ${setting("local-windows")} to "record" to record what the build would run`,
    {
      code: "source-not-mapped",
      hint: `Set ${setting("local-windows")} to "record" to rehearse the template without running it, bake it in AWS, or exclude the build with ${setting("except")}.`,
    },
  );
}

function known(sandboxes: ReadonlyMap<string, Sandbox>, id: string): Sandbox {
  const sandbox = sandboxes.get(id);
  if (!sandbox) throw new Error(`Instance "${id}" does not exist`);
  return sandbox;
}

/** Reports once per source AMI what replaces it: a container image, or the host's own system. */
function sourceNotices(
  onNotice: (text: string) => void,
): (sourceName: string, image: string | undefined, hasEngine: boolean) => void {
  const reported = new Set<string>();
  return (sourceName, image, hasEngine) => {
    if (reported.has(sourceName)) return;
    reported.add(sourceName);
    const why = hasEngine && image === undefined ? " (the container engine has no image of the same release)" : "";
    onNotice(`${sourceName}: the local instance runs ${image ?? `the host's own ${hostSystem()}`}${why}`);
  };
}

function hostSystem(): string {
  return existsSync("/etc/os-release") ? prettyName(readFileSync("/etc/os-release", "utf8")) : "Linux";
}

/** PRETTY_NAME of os-release(5). */
export function prettyName(release: string): string {
  return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(release)?.[1] ?? "Linux";
}

/** Runs works of the same key one after the other, in the order of the calls; works of different keys run in parallel. */
export function queueByKey(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(work, work);
    const settled = turn.catch(() => undefined);
    last.set(key, settled);
    void settled.then(() => {
      if (last.get(key) === settled) last.delete(key);
    });
    return turn;
  };
}

/** More than any build needs, and a quarter of the process ids that small hosts have. */
const MOST = 8192;

/**
 * Returns the most processes and threads that the sandboxes of a run may have together, so that a fork bomb in one does not leave the host
 * without any: half of what the kernel allows, at most 8192 (proc(5), `threads-max`).
 */
function mostProcesses(): number {
  try {
    const allowed = Number(readFileSync("/proc/sys/kernel/threads-max", "utf8"));
    return allowed > 0 ? Math.min(MOST, Math.floor(allowed / 2)) : MOST;
  } catch {
    return MOST;
  }
}
