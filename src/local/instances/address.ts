import { createServer, type Server, type Socket } from "node:net";
import { BakeError } from "../../core/errors.js";

/** How many addresses of 127.65.0.0/16 are tried for one machine before it is said that none is free. */
const TRIES = 200;

/** Names loopback addresses one after the other, starting from a place that depends on `seed`, so that parallel runs seldom meet. */
export function addressSequence(seed: number): () => string {
  let next = seed % 64_000;
  return () => {
    next = (next + 1) % 64_000;
    return `127.65.${Math.floor(next / 250)}.${(next % 250) + 1}`;
  };
}

export interface Listener {
  readonly address: string;
  close(): Promise<void>;
}

/** Listens on port 22 of the first free address; throws `local-address` with what to do when there is none. */
export async function listenOnFree(
  nextAddress: () => string,
  onConnection: (socket: Socket) => void,
): Promise<Listener> {
  for (let i = 0; i < TRIES; i++) {
    const listener = await listenOn(nextAddress(), onConnection).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EADDRINUSE") throw error;
    });
    if (listener) return listener;
  }
  throw new BakeError("no address for a local machine: port 22 is taken on all of 127.65.0.0/16 that was tried", {
    code: "local-address",
    blame: "user",
    hint: "An SSH server of this machine listens on every address: give it one (ListenAddress in sshd_config), or stop it.",
  });
}

/** Listens on port 22 of one address. */
export function listenOn(address: string, onConnection: (socket: Socket) => void): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const server: Server = createServer({ allowHalfOpen: false }, onConnection);
    server.once("error", reject);
    server.listen({ host: address, port: 22, exclusive: true }, () => {
      resolve({ address, close: () => new Promise((closed) => server.close(() => closed())) });
    });
  });
}
