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

/** Whether a path in the container is a folder, or a link to one. Throws a `BakeError` when the engine fails. */
export async function isFolder(container: RunningContainer, path: string, signal?: AbortSignal): Promise<boolean> {
  const { end } = await runScript(container, ['[ -d "$0" ]', path], {
    as: ["-u", "0"],
    action: `describe "${path}"`,
    signal,
  });
  return end.status === "exited" && end.code === 0;
}

/** The user that the container's own processes run as; root where its image has no `id`. */
export async function containerUser(container: RunningContainer, signal?: AbortSignal): Promise<Owner> {
  const action = "read the container's user";
  const { output } = await runScript(container, ["id -u && id -g"], { as: [], action, signal });
  const [uid = "", gid = ""] = output.trim().split("\n");
  return /^\d+$/.test(uid) && /^\d+$/.test(gid) ? { uid: Number(uid), gid: Number(gid) } : ROOT;
}

/**
 * Folders of the container that are file systems in memory: `docker cp` looks past them at what lies beneath (Docker: "docker
 * container cp"), so that their files go through a tar in the container.
 */
export async function memoryFolders(
  { engine, container }: RunningContainer,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const format =
    '{{range $path, $_ := .HostConfig.Tmpfs}}{{$path}}\n{{end}}{{range .Mounts}}{{if eq .Type "tmpfs"}}{{.Destination}}\n{{end}}{{end}}';
  const args = ["container", "inspect", "--format", format, container];
  const output = await commandOutput(engine, args, { action: `describe container "${container}"`, signal });
  return output.split("\n").filter((path) => path !== "");
}

/** Absolute paths that a glob of the container's shell names. */
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

/** Runs a script, given with its arguments, as the user that the options `as` of `docker exec` name. */
async function runScript(
  { engine, container }: RunningContainer,
  script: readonly string[],
  {
    as,
    action,
    signal,
  }: { readonly as: readonly string[]; readonly action: string; readonly signal?: AbortSignal | undefined },
): Promise<FinishedCommand & { readonly output: string }> {
  const pieces: Uint8Array[] = [];
  const ended = await runCommand(engine, ["exec", ...as, container, "/bin/sh", "-c", ...script], {
    action,
    signal,
    onOutput: (chunk, stream) => stream === "stdout" && pieces.push(chunk),
  });
  const failed = ended.end.status !== "exited" || ended.end.code !== 0;
  if (failed && isEngineError(ended.stderr)) throw engineError(engine, action, ended.end, ended.stderr);
  return { ...ended, output: Buffer.concat(pieces).toString("utf8") };
}
