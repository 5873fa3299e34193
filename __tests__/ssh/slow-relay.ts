import { createServer, connect as netConnect, type Socket } from "node:net";

/** A relay on loopback that behaves like a slow network. */
export interface SlowRelay {
  readonly port: number;
  close(): Promise<void>;
}

/** `delay`: milliseconds from one side to the other. `piece`: bytes that are sent each millisecond. */
export interface Pace {
  readonly delay: number;
  readonly piece: number;
}

/** Relays to a local port, in both directions at the given pace. Reads no faster than it writes. */
export async function startSlowRelay(port: number, pace: Pace): Promise<SlowRelay> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = netConnect({ port, host: "127.0.0.1", allowHalfOpen: true });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
      socket.once("close", () => sockets.delete(socket));
    }
    void pass(near, far, pace);
    void pass(far, near, pace);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function pass(from: Socket, to: Socket, { delay, piece }: Pace): Promise<void> {
  try {
    for await (const chunk of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; at += piece) {
        const part = chunk.subarray(at, at + piece);
        await wait(1);
        setTimeout(() => to.write(part), delay);
        if (to.writableNeedDrain) await new Promise((resolve) => to.once("drain", resolve).once("close", resolve));
      }
    }
    setTimeout(() => to.end(), delay);
  } catch {
    to.destroy();
  }
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
