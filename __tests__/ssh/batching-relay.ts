import { connect, createServer } from "node:net";

/** A relay on loopback that can hold back the server's data and deliver it at once. */
export interface BatchingRelay {
  readonly port: number;
  /** Holds the server's data until none has arrived for `ms`, then delivers it at once. */
  batch(ms: number): void;
  close(): Promise<void>;
}

/** Relays to a local port. Delivers many responses at once, like a busy server with Nagle's algorithm. */
export async function startBatchingRelay(port: number): Promise<BatchingRelay> {
  let quiet = 0;
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    let kept: Buffer[] = [];
    let timer: NodeJS.Timeout | undefined;
    const flush = () => {
      client.write(Buffer.concat(kept));
      kept = [];
    };
    upstream.on("data", (chunk: Buffer) => {
      if (quiet === 0) return void client.write(chunk);
      kept.push(chunk);
      clearTimeout(timer);
      timer = setTimeout(flush, quiet);
    });
    client.on("data", (chunk) => upstream.write(chunk));
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the relay has no port");
  return {
    port: address.port,
    batch: (ms) => {
      quiet = ms;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
