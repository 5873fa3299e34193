import { createServer, type Socket } from "node:net";
import { type Duplex, pipeline } from "node:stream";
import type { ForwardedPort } from "../../core/communicator.js";
import { messageOf } from "../../core/errors.js";

/** How connections to the machine's SSH port are opened, and where failures are reported. */
export interface PortTarget {
  open(signal: AbortSignal): Promise<Duplex>;
  debug(text: () => string): void;
}

/**
 * Listens on a free port of 127.0.0.1 for a program that connects by itself, and joins each of its connections with one to the machine. A
 * connection that cannot be opened is closed, which the program reports. Rejects when the host has no free port.
 */
export async function openLoopbackPort({ open, debug }: PortTarget): Promise<ForwardedPort> {
  const sockets = new Set<Socket>();
  const ended = new AbortController();
  const join = async (socket: Socket) => {
    // A program that leaves before its connection exists is not waited for.
    const gone = new AbortController();
    const leave = () => gone.abort(new Error("The program closed its connection"));
    socket.once("close", leave);
    try {
      const stream = await open(AbortSignal.any([ended.signal, gone.signal]));
      if (socket.destroyed) stream.destroy();
      else pipeline(socket, stream, socket, () => stream.destroy());
    } catch (error) {
      debug(() => `SSH: a connection of a program could not be opened: ${messageOf(error)}`);
      socket.destroy();
    }
  };
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => sockets.delete(socket));
    void join(socket);
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : 0);
    });
  });
  return {
    host: "127.0.0.1",
    port,
    close: () =>
      new Promise((resolve) => {
        ended.abort(new Error("The port was closed"));
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
