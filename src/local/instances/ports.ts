import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { BakeError } from "../../core/errors.js";
import type { LoginHost } from "../../ssh/server/login-host.js";
import { openSshServer, type SshServer } from "../../ssh/server/server.js";
import { openPortRelay } from "./port-relay.js";

/** How many addresses are tried before it is believed that another server has the port on all of them. */
const TRIES = 8;

/** A port that is listened on. */
export interface PortListener {
  readonly address: string;
  close(): Promise<void>;
}

/** Takes port 22 of an address, given or free. */
export interface Ports {
  listen(address: string, onConnection: (socket: Socket) => void): Promise<PortListener>;
  listenOnFree(onConnection: (socket: Socket) => void): Promise<PortListener>;
}

/**
 * Loopback addresses 127.65.0.0/16, one after the other from a place that depends on `seed`, so that parallel runs seldom meet. Where
 * an SSH server of the host listens on every address, addresses of 198.18.0.0/15 (RFC 2544) on links of their own instead.
 * `asRoot` is empty for root; `directory` is where sockets to the relays lie.
 */
export function openPorts(asRoot: readonly string[], directory: string, seed: number): Ports {
  let next = seed;
  const relayed = async (address: string, onConnection: (socket: Socket) => void): Promise<PortListener> => {
    const neighbour = neighbourOf(address);
    const socketPath = join(directory, `port-${address}`);
    return { address, ...(await openPortRelay({ address, port: 22, socketPath, asRoot, onConnection, neighbour })) };
  };
  const listen: Ports["listen"] = (address, onConnection) =>
    asRoot.length === 0 && neighbourOf(address) === undefined
      ? listenDirectly(address, onConnection)
      : relayed(address, onConnection);
  return {
    listen,
    async listenOnFree(onConnection) {
      for (const addressAt of [loopbackAddress, linkAddress]) {
        for (let i = 0; i < TRIES; i++) {
          next += 1;
          const found = await listen(addressAt(next), onConnection).catch((error: NodeJS.ErrnoException) => {
            if (error.code !== "EADDRINUSE") throw error;
          });
          if (found) return found;
        }
      }
      throw new BakeError(
        "No address is free for a local instance: port 22 is in use on every address that was tried",
        {
          code: "local-address",
          hint: "The host's SSH server probably listens on all addresses: set ListenAddress in sshd_config, or stop it during the bake.",
        },
      );
    },
  };
}

/** The n-th loopback address. */
export function loopbackAddress(n: number): string {
  return `127.65.${Math.floor((n % 62_500) / 250)}.${(n % 250) + 1}`;
}

/** The n-th odd address of 198.18.0.0/15; the even one before it is the host's end of the link. */
export function linkAddress(n: number): string {
  const number = (n % 65_536) * 2 + 1;
  return `198.${18 + Math.floor(number / 65_536)}.${Math.floor(number / 256) % 256}.${number % 256}`;
}

function neighbourOf(address: string): string | undefined {
  if (!address.startsWith("198.")) return undefined;
  return address.replace(/\d+$/, (last) => String(Number(last) - 1));
}

const listenDirectly: Ports["listen"] = (address, onConnection) =>
  new Promise((resolve, reject) => {
    const server: Server = createServer({ allowHalfOpen: false }, onConnection);
    server.once("error", reject);
    server.listen({ host: address, port: 22, exclusive: true }, () => {
      resolve({ address, close: () => new Promise((closed) => server.close(() => closed())) });
    });
  });

/** Port 22 of a sandbox, on an address that it keeps for life. */
export interface LoginPort {
  readonly address: string;
  /** Takes logins to `host` from now on, with the private host key `hostKey`. */
  open(hostKey: string, host: LoginHost): Promise<void>;
  /** Cuts connections and stops listening. */
  unplug(): Promise<void>;
}

/** Takes port 22 of a free address; until it is opened, connections are refused at once. */
export async function openLoginPort(ports: Ports): Promise<LoginPort> {
  let server: SshServer | undefined;
  const take = (socket: Socket) => (server ? server.serve(socket) : socket.destroy());
  let listener: PortListener | undefined = await ports.listenOnFree(take);
  const { address } = listener;
  return {
    address,
    async open(hostKey, host) {
      server = openSshServer({ hostKey, host, address, forwards: "served" });
      listener ??= await ports.listen(address, take);
    },
    async unplug() {
      server?.disconnect();
      server = undefined;
      const closing = listener;
      listener = undefined;
      await closing?.close();
    },
  };
}
