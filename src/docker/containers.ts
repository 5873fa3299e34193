import { type ContainerEngine, commandOutput, runCommand } from "./engine.js";
import { engineError } from "./errors.js";

/** Starts a container with the arguments of `docker run`; returns its ID. Throws a `BakeError`. */
export async function startContainer(
  engine: ContainerEngine,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  const output = await commandOutput(engine, ["run", ...args], { action: "start the container", signal });
  // The ID is the last line; a wrapper of the client may print other lines before.
  return output.split("\n").at(-1)?.trim() ?? "";
}

/** Returns whether a container is running; undefined where it does not exist. Throws a `BakeError` when the engine fails. */
export function isContainerRunning(
  engine: ContainerEngine,
  container: string,
  signal?: AbortSignal,
): Promise<boolean | undefined> {
  return inState(engine, container, "Running", signal);
}

/**
 * Returns whether a container is being committed to an image: the engine pauses it meanwhile, and continues even when the client was
 * killed. Throws a `BakeError` when the engine fails.
 */
export async function isBeingCommitted(
  engine: ContainerEngine,
  container: string,
  signal?: AbortSignal,
): Promise<boolean> {
  return (await inState(engine, container, "Paused", signal)) === true;
}

async function inState(
  engine: ContainerEngine,
  container: string,
  state: "Running" | "Paused",
  signal: AbortSignal | undefined,
): Promise<boolean | undefined> {
  const action = `describe container "${container}"`;
  const pieces: Uint8Array[] = [];
  const { end, stderr } = await runCommand(
    engine,
    ["container", "inspect", "--format", `{{.State.${state}}}`, container],
    { action, signal, onOutput: (chunk, stream) => stream === "stdout" && pieces.push(chunk) },
  );
  if (end.status === "exited" && end.code === 0) return Buffer.concat(pieces).toString("utf8").trim() === "true";
  if (isUnknown(stderr)) return undefined;
  throw engineError(engine, action, end, stderr);
}

/**
 * Stops and removes a container with its anonymous volumes. Returns false when it does not exist. Throws a `BakeError`.
 */
export async function removeContainer(
  engine: ContainerEngine,
  container: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const action = `remove container "${container}"`;
  const pieces: Uint8Array[] = [];
  // Podman's `rm` would wait ten seconds for the first process. An error because the container is not running is ignored.
  await runCommand(engine, ["kill", container], { action, signal });
  const { end, stderr } = await runCommand(engine, ["rm", "--force", "--volumes", container], {
    action,
    signal,
    onOutput: (chunk, stream) => stream === "stdout" && pieces.push(chunk),
  });
  if (isUnknown(stderr)) return false;
  if (end.status === "exited" && end.code === 0) return Buffer.concat(pieces).length > 0;
  if (/removal of container .* is already in progress/i.test(stderr)) return true;
  throw engineError(engine, action, end, stderr);
}

function isUnknown(stderr: string): boolean {
  return /no such container|no container with (name|id)/i.test(stderr);
}
