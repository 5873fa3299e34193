import { connect, createServer } from "node:net";

/** A relay on loopback. While `held` is on, what the server sends is kept back and comes as one piece when it is let go. */
export interface BatchingRelay {
  readonly port: number;
  /** From now on the server's bytes are kept until they have been quiet for `ms`, then they come as one piece. */
  batch(ms: number): void;
  close(): Promise<void>;
}

/** Relays to a port of this machine, as a busy server and Nagle's algorithm would: many answers in one piece of data. */
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
