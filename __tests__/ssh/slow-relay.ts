import { connect, createServer, type Socket } from "node:net";

/** A relay on loopback that delivers data late and in pieces, like a slow network. */
export interface SlowRelay {
  readonly port: number;
  close(): Promise<void>;
}

/** Relays to a local port. `piece`: bytes that are delivered at once; `delay`: milliseconds before data is delivered, in both directions. */
export async function startSlowRelay(
  port: number,
  { piece, delay }: { readonly piece: number; readonly delay: number },
): Promise<SlowRelay> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port, host: "127.0.0.1", noDelay: true });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
      const write = inPieces(other, piece);
      one.on("data", (chunk: Buffer) => setTimeout(() => write(chunk), delay));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the relay has no port");
  return {
    port: address.port,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Returns a function that writes chunks in pieces, each in a turn of the event loop of its own: the system would join them otherwise. */
function inPieces(socket: Socket, piece: number): (chunk: Buffer) => void {
  const waiting: Buffer[] = [];
  const next = () => {
    const first = waiting[0];
    if (!first || socket.destroyed) return;
    socket.write(first.subarray(0, piece));
    if (first.length > piece) waiting[0] = first.subarray(piece);
    else waiting.shift();
    if (waiting.length > 0) setImmediate(next);
  };
  return (chunk) => {
    waiting.push(chunk);
    if (waiting.length === 1) setImmediate(next);
  };
}
