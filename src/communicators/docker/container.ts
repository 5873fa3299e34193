import { type ContainerEngine, commandOutput, type FinishedCommand, runCommand } from "../../docker/engine.js";
import { engineError, saysEngine } from "../../docker/errors.js";

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

/** Whether a path in the container is a folder, or a link to one. Throws a `BakeError` when the container cannot be asked. */
export async function isFolder(container: RunningContainer, path: string, signal?: AbortSignal): Promise<boolean> {
  const asked = await ask(container, ["-u", "0"], ['[ -d "$0" ]', path], `looking at ${path}`, signal);
  return asked.end.status === "exited" && asked.end.code === 0;
}

/** The user that the container's own processes run as; root where its image has no `id` to tell. */
export async function containerUser(container: RunningContainer, signal?: AbortSignal): Promise<Owner> {
  const { output } = await ask(container, [], ["id -u && id -g"], "asking for the container's user", signal);
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
  const output = await commandOutput(engine, args, { doing: `looking at the container ${container}`, signal });
  return output.split("\n").filter((path) => path !== "");
}

/** Absolute paths that a glob of the container's shell names, each with what it is called in messages. */
export async function expandGlob(
  container: RunningContainer,
  words: string,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const script = `for f in ${words}; do [ -e "$f" ] && printf '%s\\0' "$f"; done; :`;
  const { output } = await ask(container, ["-u", "0"], [`cd / && ${script}`], "looking for files", signal);
  return output.split("\0").filter((path) => path !== "");
}

async function ask(
  { engine, container }: RunningContainer,
  options: readonly string[],
  script: readonly string[],
  doing: string,
  signal: AbortSignal | undefined,
): Promise<FinishedCommand & { readonly output: string }> {
  const pieces: Uint8Array[] = [];
  const ended = await runCommand(engine, ["exec", ...options, container, "/bin/sh", "-c", ...script], {
    doing,
    signal,
    onOutput: (chunk, stream) => stream === "stdout" && pieces.push(chunk),
  });
  const failed = ended.end.status !== "exited" || ended.end.code !== 0;
  if (failed && saysEngine(ended.complaints)) throw engineError(engine, doing, ended.end, ended.complaints);
  return { ...ended, output: Buffer.concat(pieces).toString("utf8") };
}
