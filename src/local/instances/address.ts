import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { BakeError } from "../../core/errors.js";
import { openPortRelay } from "./port-relay.js";

/** How many addresses of 127.65.0.0/16 are tried for one machine before it is said that none is free. */
const TRIES = 50;

export interface Listener {
  readonly address: string;
  close(): Promise<void>;
}

/** How port 22 of an address is taken: by this process, or through root. */
export type Listen = (address: string, onConnection: (socket: Socket) => void) => Promise<Listener>;

/** Names loopback addresses one after the other, starting from a place that depends on `seed`, so that parallel runs seldom meet. */
export function addressSequence(seed: number): () => string {
  let next = seed % 64_000;
  return () => {
    next = (next + 1) % 64_000;
    return `127.65.${Math.floor(next / 250)}.${(next % 250) + 1}`;
  };
}

/** The way for this user: root listens itself, others through `asRoot`; `folder` is where sockets between the two lie. */
export function listener(asRoot: readonly string[], folder: string): Listen {
  if (asRoot.length === 0) return listenDirectly;
  return async (address, onConnection) => {
    const socketPath = join(folder, `port-${address}`);
    const relay = await openPortRelay({ address, port: 22, socketPath, asRoot, onConnection });
    return { address, close: relay.close };
  };
}

/** Listens on port 22 of the first free address; throws `local-address` with what to do when there is none. */
export async function listenOnFree(
  listen: Listen,
  nextAddress: () => string,
  onConnection: (socket: Socket) => void,
): Promise<Listener> {
  for (let i = 0; i < TRIES; i++) {
    const found = await listen(nextAddress(), onConnection).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EADDRINUSE") throw error;
    });
    if (found) return found;
  }
  throw new BakeError("no address for a local machine: port 22 is taken on every address of 127.65.0.0/16", {
    code: "local-address",
    blame: "user",
    hint: "An SSH server of this machine listens on all addresses: give it one (ListenAddress in sshd_config) or stop it for the bake.",
  });
}

const listenDirectly: Listen = (address, onConnection) =>
  new Promise((resolve, reject) => {
    const server: Server = createServer({ allowHalfOpen: false }, onConnection);
    server.once("error", reject);
    server.listen({ host: address, port: 22, exclusive: true }, () => {
      resolve({ address, close: () => new Promise((closed) => server.close(() => closed())) });
    });
  });
