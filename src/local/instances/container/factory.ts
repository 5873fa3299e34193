import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openPorts } from "../ports.js";
import type { SandboxFactory, SandboxLimits } from "../sandbox.js";
import type { Docker } from "./docker.js";
import { containerImageOf } from "./image-names.js";
import { makeContainerSandbox, type SharedEngine } from "./sandbox.js";

/** True for layers that are container images. */
export function isContainerLayer(layer: string): boolean {
  return layer.startsWith("bake-ami-local:");
}

/** Sandboxes as containers of an engine that responds. Containers of runs that died over the same state directory are removed. */
export async function openContainers(
  docker: Docker,
  stateDir: string,
  { processes, onDown }: SandboxLimits,
): Promise<SandboxFactory> {
  const run = randomBytes(5).toString("hex");
  const owner = createHash("sha256").update(stateDir).digest("hex").slice(0, 16);
  removeDeadDirectories(stateDir);
  const directory = join(stateDir, `containers-${run}`);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(join(directory, "process"), processMark(process.pid) ?? "");
  await removeDead(docker, owner);
  const labels = { "bake-ami.local": owner, "bake-ami.run": run, "bake-ami.process": processMark(process.pid) ?? "" };
  const shared: SharedEngine = {
    docker,
    runOptions: [
      ...Object.entries(labels).flatMap(([name, value]) => ["--label", `${name}=${value}`]),
      `--pids-limit=${processes}`,
    ],
    prefix: `bake-ami-${run}`,
    ports: openPorts(process.getuid?.() === 0 ? [] : ["sudo", "-n"], directory, Number.parseInt(run.slice(0, 6), 16)),
    onDown,
  };
  return {
    make(request) {
      const image = request.image.layers.at(-1) ?? containerImageOf(request.image.sourceName);
      if (image === undefined) throw new Error(`No container image matches source AMI "${request.image.sourceName}"`);
      return makeContainerSandbox(shared, request, image);
    },
    discard: async (layer) => void (await docker.run(["image", "rm", "--no-prune", layer]).catch(ignoreGone)),
    async close() {
      await removeAll(docker, [`label=bake-ami.run=${run}`]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function removeAll(docker: Docker, filters: readonly string[]): Promise<void> {
  const found = await docker.run(["ps", "-aq", ...filters.flatMap((filter) => ["--filter", filter])]);
  const containers = found.split("\n").filter(Boolean);
  if (containers.length > 0) await docker.run(["rm", "--force", "--volumes", ...containers]);
}

async function removeDead(docker: Docker, owner: string): Promise<void> {
  const format = '{{.Label "bake-ami.run"}} {{.Label "bake-ami.process"}}';
  const lines = await docker.run(["ps", "-a", "--filter", `label=bake-ami.local=${owner}`, "--format", format]);
  for (const line of new Set(lines.split("\n").filter(Boolean))) {
    const [run = "", mark = ""] = line.split(" ");
    if (processMark(Number(mark.split(":")[0])) !== mark) await removeAll(docker, [`label=bake-ami.run=${run}`]);
  }
}

/** Removes the directories of runs whose process has ended. */
function removeDeadDirectories(stateDir: string): void {
  for (const name of readdirSync(stateDir).filter((entry) => entry.startsWith("containers-"))) {
    const markFile = join(stateDir, name, "process");
    const mark = existsSync(markFile) ? readFileSync(markFile, "utf8") : "";
    if (processMark(Number(mark.split(":")[0])) !== mark)
      rmSync(join(stateDir, name), { recursive: true, force: true });
  }
}

/** `pid:start time`, which no two processes of a boot share; undefined for a process that does not exist. */
function processMark(pid: number): string | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return `${pid}:${fields[19]}`;
  } catch {
    return undefined;
  }
}

function ignoreGone(error: unknown): void {
  if (!(error instanceof Error && /no such image/i.test(error.message))) throw error;
}
