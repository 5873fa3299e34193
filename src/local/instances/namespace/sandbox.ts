import { randomBytes } from "node:crypto";
import { generateHostKey, type HostKey } from "../../../ssh/keys/host-key.js";
import type { LaunchRequest } from "../../sandboxes.js";
import { LOGIN_USERS } from "../login-users.js";
import { openLoginPort, type Ports } from "../ports.js";
import { hostKeyNotice, isScript, openConsole, runUserData, type Sandbox } from "../sandbox.js";
import { sentKeys } from "../sent-keys.js";
import { sandboxLogins } from "./commands.js";
import { readResolver } from "./host-facts.js";
import type { OrderFields } from "./lines.js";
import type { Supervisor } from "./supervisor.js";

/** What all sandboxes of a run share. */
export interface Shared {
  readonly supervisor: Supervisor;
  readonly streams: string;
  readonly tops: readonly string[];
  readonly ports: Ports;
}

/** Prepares a sandbox that does not run yet; its address is in use from now on. */
export async function makeNamespaceSandbox(shared: Shared, request: LaunchRequest): Promise<Sandbox> {
  const { supervisor } = shared;
  const id = request.instanceId;
  const key = await generateHostKey(`root@${request.hostName}`);
  const keys = sentKeys(Date.now);
  const host = sandboxLogins(supervisor, { id, streams: shared.streams, keys });
  const sandboxConsole = openConsole();
  const port = await openLoginPort(shared.ports);
  const { address, unplug } = port;

  const up = async (first: boolean) => {
    const started = Date.now();
    sandboxConsole.write(`[    0.000000] Linux version, machine ${id} on ${address}\r\n`);
    await supervisor.request("boot", bootFields(shared, request, { key, address, first }));
    await port.open(key.privateKey, host);
    if (first) sandboxConsole.write(hostKeyNotice(key, request.hostName));
    const seconds = ((Date.now() - started) / 1000).toFixed(2);
    sandboxConsole.write(`cloud-init: up ${seconds} seconds\r\n${request.hostName} login: \r\n`);
    if (first && isScript(request.userData)) void runUserData(host, sandboxConsole.write).catch(() => undefined);
  };
  return {
    id,
    address,
    console: sandboxConsole,
    keys,
    up,
    unplug,
    async down() {
      await Promise.all([unplug(), supervisor.request("stop", { id })]);
    },
    async forget() {
      await unplug();
      await supervisor.request("forget", { id });
    },
    async capture() {
      const layer = randomBytes(6).toString("hex");
      await supervisor.request("capture", { id, layer });
      return layer;
    },
  };
}

/** One boot of a sandbox: where it accepts logins, with which host key, and whether it is its first. */
interface Boot {
  readonly key: HostKey;
  readonly address: string;
  readonly first: boolean;
}

function bootFields(shared: Shared, request: LaunchRequest, { key, address, first }: Boot): OrderFields {
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
