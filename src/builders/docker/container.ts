import { homedir } from "node:os";
import { join } from "node:path";
import { abortReason } from "../../core/clock.js";
import { BakeError } from "../../core/errors.js";
import { isContainerRunning, removeContainer, startContainer } from "../../docker/containers.js";
import { commandOutput } from "../../docker/engine.js";
import { refusedByEngine } from "../../docker/errors.js";
import { runBuilderStep } from "../step.js";
import { type DockerBake, type Reserved, reserve } from "./bake.js";
import type { BaseImage } from "./base-image.js";
import type { DockerBuilderOptions } from "./options.js";

/** A container of the build: its ledger key, and its id. */
export interface BuildContainer {
  readonly key: string;
  readonly id: string;
}

/** Default arguments of `docker run` (Packer §3.8). */
const DEFAULT_RUN_COMMAND = ["-d", "-i", "-t", "--entrypoint=/bin/sh", "--"];

/** Hints for a container that has exited: when the processor cannot run its program, and in other cases. */
const FOREIGN =
  'Set "platform" to the architecture of the engine\'s host, or install an emulator on that host (qemu-user-static; docker/setup-qemu-action in a workflow). The image is for another architecture.';
const ENDED =
  'Remove "run_command", or start a shell with a terminal, because the first process must run until the build ends ("-d", "-i", "-t", "--entrypoint=/bin/sh", "--", "{{.Image}}").';

/** Number of lines of the container's log that an error shows. */
const LOG_LINES = 10;

/** Starts the container after recording it in the ledger. Throws a `BakeError` when it does not start or exits at once. */
export async function runContainer(bake: DockerBake, source: BaseImage): Promise<BuildContainer> {
  const { options, context, engine } = bake;
  const { narrator, ledger, signal } = context;
  return runBuilderStep(context, "run", "Starting the container", async () => {
    narrator.say("Starting docker container...");
    const { key, name } = reserve(bake, "container");
    const args = ["--name", name, ...runArguments(options, source.name)];
    narrator.message(`Run command: ${engine.program} run ${args.join(" ")}`);
    const id = await startContainer(engine, args, signal).catch(async (error: unknown) => {
      await removeRefused(bake, { key, name }, error);
      throw error;
    });
    ledger.made(key, id);
    narrator.emit({ type: "resource", action: "created", kind: "container", id });
    narrator.message(`Container ID: ${id}`);
    if ((await isContainerRunning(engine, id, signal)) !== true) throw await notRunning(bake, id);
    return { key, id };
  });
}

/**
 * Removes a container that the engine created but refused to start. The engine has responded, so nothing can appear later and the ledger
 * entry can be released.
 */
async function removeRefused({ engine, context }: DockerBake, { key, name }: Reserved, error: unknown): Promise<void> {
  if (context.signal.aborted || !refusedByEngine(error)) return;
  const removed = await removeContainer(engine, name, context.signal).then(
    () => true,
    () => false,
  );
  if (removed) context.ledger.released(key);
}

/** Removes the container before the build ends: later steps do not need it. */
export async function removeBuildContainer(bake: DockerBake, container: BuildContainer): Promise<void> {
  const { narrator, ledger, signal } = bake.context;
  narrator.say(`Killing the container: ${container.id}`);
  await removeContainer(bake.engine, container.id, signal);
  ledger.released(container.key);
  narrator.emit({ type: "resource", action: "released", kind: "container", id: container.id });
}

/** Returns the container's address on its network, for communicator ssh (Packer: the same field). Throws a `BakeError`. */
export async function containerAddress(bake: DockerBake, id: string): Promise<string> {
  const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}";
  const output = await commandOutput(bake.engine, ["container", "inspect", "--format", format, id], {
    action: `describe container "${id}"`,
    signal: bake.context.signal,
  });
  const [address] = output.split(/\s+/).filter((each) => each !== "");
  if (address !== undefined) return address;
  throw new BakeError("The container has no IP address to connect to by SSH", {
    code: "no-address",
    hint: 'Set "ssh_host" and publish the port in "run_command" (-p 127.0.0.1:2222:22), or set "communicator" to "docker".',
  });
}

/** Returns the arguments of `docker run` after the name. */
export function runArguments(options: DockerBuilderOptions, image: string): readonly string[] {
  const each = (flag: string, values: readonly string[]) => values.flatMap((value) => [flag, value]);
  const given = options.run_command.map((part) => part.render({ Image: image }));
  return [
    // The image exists. Without this, an engine would search Docker Hub if the image has another platform.
    "--pull=never",
    ...each("--device", options.device),
    ...each("--cap-add", options.cap_add),
    ...each("--cap-drop", options.cap_drop),
    ...(options.privileged ? ["--privileged"] : []),
    ...(options.runtime ? ["--runtime", options.runtime] : []),
    ...(options.platform ? ["--platform", options.platform] : []),
    ...each("--tmpfs", options.tmpfs),
    ...each(
      "-v",
      Object.entries(options.volumes).map(([from, to]) => `${atHome(from)}:${to}`),
    ),
    // An anonymous volume by -v would become part of the image's configuration. A mount does not.
    ...(options.container_dir ? ["--mount", `type=volume,dst=${options.container_dir}`] : []),
    ...(given.length > 0 ? given : [...DEFAULT_RUN_COMMAND, image]),
  ];
}

function atHome(path: string): string {
  return path.startsWith("~/") ? join(homedir(), path.slice(2)) : path;
}

/** Returns the error for a container whose first process has exited, with the end of its log. */
async function notRunning({ engine, context }: DockerBake, id: string): Promise<BakeError> {
  const lines: string[] = [];
  await commandOutput(engine, ["logs", "--tail", String(LOG_LINES), id], {
    action: "read the container's log",
    signal: context.signal,
    onOutput: (chunk) => lines.push(...Buffer.from(chunk).toString("utf8").split("\n")),
  }).catch(() => undefined);
  if (context.signal.aborted) throw abortReason(context.signal);
  const log = lines
    .map((line) => line.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ").trim())
    .filter((line) => line !== "");
  return new BakeError("The container exited right after it started", {
    code: "container-ended",
    resource: id,
    hint: log.some((line) => line.includes("exec format error")) ? FOREIGN : ENDED,
    detail: log.length > 0 ? ["Log of the container:", ...log.slice(-LOG_LINES)].join("\n") : undefined,
    range: context.range,
  });
}
