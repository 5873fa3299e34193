import { BakeError } from "../../core/errors.js";
import { limitedOutput } from "../../core/output.js";
import { type ContainerEngine, commandOutput, type FinishedCommand, runCommand } from "../../docker/engine.js";
import { engineError, isEngineError } from "../../docker/errors.js";

/** A running container of an engine. */
export interface RunningContainer {
  readonly engine: ContainerEngine;
  /** Id or name. */
  readonly container: string;
}

/** Owner of a file. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export const ROOT: Owner = { uid: 0, gid: 0 };

/** Returns whether a path in the container is a directory, or a link to one. Throws a `BakeError` when the engine fails. */
export async function directoryExists(
  container: RunningContainer,
  path: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const { end } = await runScript(container, ['[ -d "$0" ]', path], {
    as: ["-u", "0"],
    action: `describe "${path}"`,
    signal,
  });
  return end.status === "exited" && end.code === 0;
}

/** Returns the user that the container runs as; root when the image has no `id`. */
export async function containerUser(container: RunningContainer, signal?: AbortSignal): Promise<Owner> {
  const action = "read the container's user";
  const { output } = await runScript(container, ["id -u && id -g"], { as: [], action, signal });
  const [uid = "", gid = ""] = output.trim().split("\n");
  return /^\d+$/.test(uid) && /^\d+$/.test(gid) ? { uid: Number(uid), gid: Number(gid) } : ROOT;
}

/**
 * Returns the tmpfs directories of the container. `docker cp` does not see their files (Docker: "docker container cp"), so these are
 * copied with tar in the container.
 */
export async function tmpfsDirectories(
  { engine, container }: RunningContainer,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const format =
    '{{range $path, $_ := .HostConfig.Tmpfs}}{{$path}}\n{{end}}{{range .Mounts}}{{if eq .Type "tmpfs"}}{{.Destination}}\n{{end}}{{end}}';
  const args = ["container", "inspect", "--format", format, container];
  const output = await commandOutput(engine, args, { action: `describe container "${container}"`, signal });
  return output.split("\n").filter((path) => path !== "");
}

/** Returns the absolute paths that match a glob, expanded by the container's shell. */
export async function expandGlob(
  container: RunningContainer,
  words: string,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const script = `for f in ${words}; do [ -e "$f" ] && printf '%s\\0' "$f"; done; :`;
  const { output } = await runScript(container, [`cd / && ${script}`], {
    as: ["-u", "0"],
    action: "list files",
    signal,
  });
  return output.split("\0").filter((path) => path !== "");
}

/** Runs a script with its arguments. `as`: options of `docker exec` that set the user. */
async function runScript(
  { engine, container }: RunningContainer,
  script: readonly string[],
  {
    as,
    action,
    signal,
  }: { readonly as: readonly string[]; readonly action: string; readonly signal?: AbortSignal | undefined },
): Promise<FinishedCommand & { readonly output: string }> {
  const output = limitedOutput(LARGEST_OUTPUT, signal, () => tooMuchOutput(action));
  const ended = await runCommand(engine, ["exec", ...as, container, "/bin/sh", "-c", ...script], {
    action,
    signal: output.signal,
    onOutput: (chunk, stream) => stream === "stdout" && output.push(chunk),
  });
  const failed = ended.end.status !== "exited" || ended.end.code !== 0;
  if (failed && isEngineError(ended.stderr)) throw engineError(engine, action, ended.end, ended.stderr);
  return { ...ended, output: output.text() };
}

/** Bytes of the output of one of our own commands in a container, which is not trusted. */
const LARGEST_OUTPUT = 64 * 1024 * 1024;

function tooMuchOutput(action: string): BakeError {
  return new BakeError(`Could not ${action}: the container sent more than 64 MiB`, {
    code: "transfer-failed",
    hint: "Check the image: its shell or its files are not what they should be.",
  });
}
