import { randomBytes } from "node:crypto";
import { mkdirSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BakeError } from "../../../core/errors.js";
import { openPorts } from "../ports.js";
import type { SandboxFactory, SandboxLimits } from "../sandbox.js";
import { baseLayer } from "./base-layer.js";
import { readHostFacts, workDirectories } from "./host-facts.js";
import { makeNamespaceSandbox, type Shared } from "./sandbox.js";
import { type Supervisor, startSupervisor } from "./supervisor.js";

/** First of the ids that sandboxes' users have on the host; every run uses 65536 of them. */
const FIRST_ID = 0x4000_0000;

/**
 * Sandboxes as Linux namespaces over the host's system files. Needs root, or sudo without a password.
 * Throws `local-machines` with what is missing.
 */
export async function openNamespaces(stateDir: string, limits: SandboxLimits): Promise<SandboxFactory> {
  const { processes, onDown } = limits;
  const run = randomBytes(5).toString("hex");
  const streams = join(stateDir, `streams-${run}`);
  mkdirSync(streams, { recursive: true, mode: 0o700 });
  const seed = Number.parseInt(run.slice(0, 6), 16);
  const asRoot = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  const state = join(stateDir, "machines");
  const firstId = FIRST_ID + (seed % 4096) * 65_536;
  let supervisor: Supervisor | undefined;
  try {
    const facts = readHostFacts(workDirectories(stateDir, process.env, process.cwd()));
    refuseSharedDirectory(stateDir, facts.tops);
    const started = await startSupervisor({ state, run, firstId, streams, processes, asRoot, onDown });
    supervisor = started;
    await Promise.all(
      baseLayer(facts).map((entry) => {
        const mode = "mode" in entry ? entry.mode.toString(8) : "0";
        return started.request("put", { ...entry, mode, uid: entry.owner ?? 0, gid: entry.owner ?? 0 });
      }),
    );
    const shared: Shared = { supervisor: started, streams, tops: facts.tops, ports: openPorts(asRoot, streams, seed) };
    return {
      make: (request) => makeNamespaceSandbox(shared, request),
      discard: async (layer) => void (await started.request("discard", { layer })),
      async close() {
        await started.close();
        rmSync(streams, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await supervisor?.close();
    rmSync(streams, { recursive: true, force: true });
    throw error;
  }
}

/** An overlay cannot use a directory and one of its subdirectories as two layers. */
function refuseSharedDirectory(stateDir: string, tops: readonly string[]): void {
  const path = realpathSync(stateDir);
  const top = tops.find((name) => path.startsWith(`/${name}/`));
  if (top === undefined) return;
  throw new BakeError(
    `State directory "${path}" of the local cloud is inside /${top}, which local instances share with the host`,
    {
      code: "local-state-shared",
      hint: "Set --local-state to a directory outside of /usr, /etc and /var, for example in your home directory or in /tmp.",
    },
  );
}
