import { type ContainerEngine, commandOutput, runCommand } from "./engine.js";
import { engineError } from "./errors.js";

/** Starts a container with the arguments of `docker run` and returns its id. Throws a `BakeError`. */
export async function startContainer(
  engine: ContainerEngine,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  const output = await commandOutput(engine, ["run", ...args], { action: "start the container", signal });
  // The id is the last line, whatever a wrapper of the client says before.
  return output.split("\n").at(-1)?.trim() ?? "";
}

/** Whether a container runs; undefined where the engine has none of that name. Throws a `BakeError` when it cannot be asked. */
export function isContainerRunning(
  engine: ContainerEngine,
  container: string,
  signal?: AbortSignal,
): Promise<boolean | undefined> {
  return inState(engine, container, "Running", signal);
}

/**
 * Whether an image is being made of a container: the engine pauses it for so long, and goes on when the client that asked for the
 * image was killed. Throws a `BakeError` when it cannot be asked.
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
 * Ends and removes a container with its anonymous volumes. Returns false when the engine had none of that name. Throws a
 * `BakeError`.
 */
export async function removeContainer(
  engine: ContainerEngine,
  container: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const action = `remove container "${container}"`;
  const pieces: Uint8Array[] = [];
  // Podman's `rm` gives the first process ten seconds to end by itself. One that does not run is no reason to stop.
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

function isUnknown(complaints: string): boolean {
  return /no such container|no container with (name|id)/i.test(complaints);
}
