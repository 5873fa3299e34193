import { randomBytes } from "node:crypto";
import { generateHostKey, type HostKey } from "../../../ssh/keys/host-key.js";
import type { LaunchRequest } from "../../machines.js";
import type { Ports } from "../address.js";
import { hostKeyNotice, openConsole } from "../console.js";
import { takeLoginPort } from "../login-port.js";
import { LOGIN_USERS } from "../login-users.js";
import type { Sandbox } from "../machine.js";
import { isScript, runUserData } from "../user-data.js";
import { machineLogins } from "./commands.js";
import { readResolver } from "./host-facts.js";
import type { Supervisor } from "./supervisor.js";

/** What all machines of a run share. */
export interface Shared {
  readonly supervisor: Supervisor;
  readonly streams: string;
  readonly tops: readonly string[];
  readonly ports: Ports;
}

/** A machine that is not up yet; its address is taken from now on. */
export async function makeMachine(shared: Shared, request: LaunchRequest): Promise<Sandbox> {
  const { supervisor } = shared;
  const id = request.instanceId;
  const key = await generateHostKey(`root@${request.hostName}`);
  const host = machineLogins(supervisor, id, shared.streams);
  const machineConsole = openConsole();
  const port = await takeLoginPort(shared.ports);
  const { address, unplug } = port;

  const up = async (first: boolean) => {
    const started = Date.now();
    machineConsole.write(`[    0.000000] Linux version, machine ${id} on ${address}\r\n`);
    await supervisor.ask("boot", bootFields(shared, request, key, address, first));
    await port.open(key.privateKey, host);
    if (first) machineConsole.write(hostKeyNotice(key, request.hostName));
    const seconds = ((Date.now() - started) / 1000).toFixed(2);
    machineConsole.write(`cloud-init: up ${seconds} seconds\r\n${request.hostName} login: \r\n`);
    if (first && isScript(request.userData)) void runUserData(host, machineConsole.write).catch(() => undefined);
  };
  return {
    id,
    address,
    console: machineConsole,
    up,
    unplug,
    async down() {
      await Promise.all([unplug(), supervisor.ask("stop", { id })]);
    },
    async forget() {
      await unplug();
      await supervisor.ask("forget", { id });
    },
    async capture() {
      const layer = randomBytes(6).toString("hex");
      await supervisor.ask("capture", { id, layer });
      return layer;
    },
  };
}

function bootFields(shared: Shared, request: LaunchRequest, key: HostKey, address: string, first: boolean) {
  const keys = request.authorizedKeys.map((line) => `${line.trim()}\n`).join("");
  return {
    id: request.instanceId,
    host: request.hostName,
    address,
    first: first ? 1 : 0,
    tops: shared.tops,
    layers: request.image.layers,
    users: ["root", ...LOGIN_USERS],
    key: key.privateKey,
    publickey: `${key.publicKey}\n`,
    keys,
    userdata: Buffer.from(request.userData ?? []).toString("base64"),
    script: isScript(request.userData) ? 1 : 0,
    resolver: readResolver(),
  };
}
