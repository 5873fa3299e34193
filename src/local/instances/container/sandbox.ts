import { generateHostKey } from "../../../ssh/keys/host-key.js";
import type { LaunchRequest, SandboxExit } from "../../sandboxes.js";
import { openLoginPort, type Ports } from "../ports.js";
import { hostKeyNotice, isScript, openConsole, runUserData, type Sandbox } from "../sandbox.js";
import { sentKeys } from "../sent-keys.js";
import { containerLogins, SESSIONS } from "./commands.js";
import type { Docker } from "./docker.js";
import { IDLE, setupScript } from "./setup.js";

/** What all containers of a run share. */
export interface SharedEngine {
  readonly docker: Docker;
  /** Further words for `docker run`. */
  readonly runOptions: readonly string[];
  readonly prefix: string;
  readonly ports: Ports;
  onDown(id: string, how: SandboxExit): void;
}

/** Prepares a container that does not run yet; its address is in use from now on. */
export async function makeContainerSandbox(
  shared: SharedEngine,
  request: LaunchRequest,
  image: string,
): Promise<Sandbox> {
  const { docker } = shared;
  const id = request.instanceId;
  const container = `${shared.prefix}-${id}`;
  const key = await generateHostKey(`root@${request.hostName}`);
  const keys = sentKeys(Date.now);
  const host = containerLogins(docker, container, keys);
  const sandboxConsole = openConsole();
  let life = 0;
  const port = await openLoginPort(shared.ports);
  const { address, unplug } = port;

  const create = async () => {
    const names = ["--name", container, "--hostname", request.hostName];
    const own = ["--tmpfs", "/run:exec,mode=755", "--tmpfs", `${SESSIONS}:mode=1777`, "--entrypoint", "/bin/sh"];
    await docker.run(["run", "-d", ...names, ...own, ...shared.runOptions, image, "-c", IDLE]);
    await docker.run(["exec", "-i", container, "sh"], setupScript(request, key, isScript(request.userData)));
  };
  const watch = (own: number) => {
    const ended = (code: string) => {
      if (own === life) shared.onDown(id, code === "39" ? "reboot" : code === "38" ? "poweroff" : "crash");
    };
    docker.run(["wait", container]).then(ended, () => undefined);
  };
  return {
    id,
    address,
    console: sandboxConsole,
    keys,
    unplug,
    async up(first) {
      if (first) await create();
      else await docker.run(["start", container]);
      life += 1;
      watch(life);
      await port.open(key.privateKey, host);
      if (first) sandboxConsole.write(hostKeyNotice(key, request.hostName));
      sandboxConsole.write(`${request.hostName} login: \r\n`);
      if (first && isScript(request.userData)) void runUserData(host, sandboxConsole.write).catch(() => undefined);
    },
    async down() {
      life += 1;
      await Promise.all([unplug(), docker.run(["kill", container]).catch(() => undefined)]);
      await docker.run(["wait", container]).catch(() => undefined);
    },
    async forget() {
      life += 1;
      await unplug();
      await docker.run(["rm", "--force", "--volumes", container]).catch(() => undefined);
    },
    async capture() {
      const layer = `bake-ami-local:${container.slice(-20)}-${Date.now().toString(36)}`;
      await docker.run(["commit", container, layer]);
      return layer;
    },
  };
}
