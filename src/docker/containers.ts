import { type ContainerEngine, commandOutput, runCommand } from "./engine.js";
import { engineError } from "./errors.js";

/** Starts a container with the arguments of `docker run` and returns its id. Throws a `BakeError`. */
export async function startContainer(
  engine: ContainerEngine,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  const output = await commandOutput(engine, ["run", ...args], { doing: "starting the container", signal });
  // The id is the last line, whatever a wrapper of the client says before.
  return output.split("\n").at(-1)?.trim() ?? "";
}

/** Whether a container runs; undefined where the engine has none of that name. Throws a `BakeError` when it cannot be asked. */
export function containerRuns(
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
export async function isCommitted(engine: ContainerEngine, container: string, signal?: AbortSignal): Promise<boolean> {
  return (await inState(engine, container, "Paused", signal)) === true;
}

async function inState(
  engine: ContainerEngine,
  container: string,
  state: "Running" | "Paused",
  signal: AbortSignal | undefined,
): Promise<boolean | undefined> {
  const doing = `looking at the container ${container}`;
  const pieces: Uint8Array[] = [];
  const { end, complaints } = await runCommand(
    engine,
    ["container", "inspect", "--format", `{{.State.${state}}}`, container],
    { doing, signal, onOutput: (chunk, stream) => stream === "stdout" && pieces.push(chunk) },
  );
  if (end.status === "exited" && end.code === 0) return Buffer.concat(pieces).toString("utf8").trim() === "true";
  if (isUnknown(complaints)) return undefined;
  throw engineError(engine, doing, end, complaints);
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
  const doing = `removing the container ${container}`;
  const pieces: Uint8Array[] = [];
  // Podman's `rm` gives the first process ten seconds to end by itself. One that does not run is no reason to stop.
  await runCommand(engine, ["kill", container], { doing, signal });
  const { end, complaints } = await runCommand(engine, ["rm", "--force", "--volumes", container], {
    doing,
    signal,
    onOutput: (chunk, stream) => stream === "stdout" && pieces.push(chunk),
  });
  if (isUnknown(complaints)) return false;
  if (end.status === "exited" && end.code === 0) return Buffer.concat(pieces).length > 0;
  if (/removal of container .* is already in progress/i.test(complaints)) return true;
  throw engineError(engine, doing, end, complaints);
}

function isUnknown(complaints: string): boolean {
  return /no such container|no container with (name|id)/i.test(complaints);
}
