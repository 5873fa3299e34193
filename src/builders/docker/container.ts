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

/** What `docker run` is given where the template gives nothing (Packer §3.8). */
const DEFAULT_RUN_COMMAND = ["-d", "-i", "-t", "--entrypoint=/bin/sh", "--"];

/** What to do about a container that has ended: one whose program the processor cannot run, and any other. */
const FOREIGN =
  "The image is for another kind of processor: let platform name this one's, or install an emulator on the engine's machine (qemu-user-static; docker/setup-qemu-action in a workflow).";
const ENDED =
  'Its first process must go on until the build ends: leave run_command out, or start a shell with a terminal ("-d", "-i", "-t", "--entrypoint=/bin/sh", "--", "{{.Image}}").';

/** Lines of the container's own output that an error shows. */
const LOG_LINES = 10;

/** Starts the container, on record before it is made. Throws a `BakeError` when it does not start, or does not stay up. */
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
 * Removes what an engine made of a container before it refused to start it. It has answered, so that nothing comes of it later, for
 * which the build's release would wait.
 */
async function removeRefused({ engine, context }: DockerBake, { key, name }: Reserved, error: unknown): Promise<void> {
  if (context.signal.aborted || !refusedByEngine(error)) return;
  const gone = await removeContainer(engine, name, context.signal).then(
    () => true,
    () => false,
  );
  if (gone) context.ledger.released(key);
}

/** Removes the container before the build is over: what follows no longer needs it. */
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
  throw new BakeError("the container has no address to reach it at by SSH", {
    code: "no-address",
    hint: "Give ssh_host and publish the port in run_command (-p 127.0.0.1:2222:22), or use communicator docker.",
  });
}

/** Returns the arguments of `docker run` after the name. */
export function runArguments(options: DockerBuilderOptions, image: string): readonly string[] {
  const each = (flag: string, values: readonly string[]) => values.flatMap((value) => [flag, value]);
  const given = options.run_command.map((part) => part.render({ Image: image }));
  return [
    // The image exists; an engine that finds it to be of another platform would search for one more on Docker Hub.
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
    // An anonymous volume by -v would become part of the image's configuration; a mount does not.
    ...(options.container_dir ? ["--mount", `type=volume,dst=${options.container_dir}`] : []),
    ...(given.length > 0 ? given : [...DEFAULT_RUN_COMMAND, image]),
  ];
}

function atHome(path: string): string {
  return path.startsWith("~/") ? join(homedir(), path.slice(2)) : path;
}

/** Returns the error of a container whose first process has ended already, with what it wrote. */
async function notRunning({ engine, context }: DockerBake, id: string): Promise<BakeError> {
  const lines: string[] = [];
  await commandOutput(engine, ["logs", "--tail", String(LOG_LINES), id], {
    action: "read the container's log",
    signal: context.signal,
    onOutput: (chunk) => lines.push(...Buffer.from(chunk).toString("utf8").split("\n")),
  }).catch(() => undefined);
  if (context.signal.aborted) throw abortReason(context.signal);
  const said = lines
    .map((line) => line.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ").trim())
    .filter((line) => line !== "");
  return new BakeError("the container ended right after its start", {
    code: "container-ended",
    resource: id,
    hint: said.some((line) => line.includes("exec format error")) ? FOREIGN : ENDED,
    detail: said.length > 0 ? ["It wrote:", ...said.slice(-LOG_LINES)].join("\n") : undefined,
    range: context.range,
  });
}
