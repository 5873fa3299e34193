/**
 * TCP relays that delay every byte by half a round trip in each direction. Each runs in a thread of its own, so that it does not take
 * time from what is measured.
 */
import { connect, createServer } from "node:net";
import { createServer as createSecureServer } from "node:tls";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

/**
 * Starts a relay to a port. `roundTrip` is in milliseconds. `to.host` is the target's address, 127.0.0.1 unless set. With `more.tls` (key and
 * certificate as PEM) its clients use TLS, and the target does not. `more.port` is the port that it listens on, a free one unless set.
 */
export async function startRelay(to, roundTrip, more = {}) {
  const target = typeof to === "number" ? { port: to } : to;
  const worker = new Worker(new URL(import.meta.url), { workerData: { target, roundTrip, ...more } });
  const port = await new Promise((done, fail) => {
    worker.once("message", done);
    worker.once("error", fail);
  });
  return { port, close: () => worker.terminate() };
}

if (!isMainThread && workerData?.target) {
  const { target, roundTrip, tls, port } = workerData;
  const onClient = (client) => {
    const start = () => {
      const server = connect({ host: "127.0.0.1", ...target });
      pass(client, server, roundTrip / 2);
      pass(server, client, roundTrip / 2);
    };
    // The client counts as connected at once. So that a server's greeting arrives after a whole round trip, it is connected to later.
    if (roundTrip === 0) start();
    else setTimeout(start, roundTrip / 2);
  };
  const server = tls ? createSecureServer({ key: tls.key, cert: tls.certificate }, onClient) : createServer(onClient);
  server.listen(port ?? 0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
}

/** Maximum number of delayed bytes: stands for the TCP window. */
const WINDOW = 16 * 1024 * 1024;

function pass(from, to, delay) {
  from.setNoDelay(true);
  from.on("error", () => to.destroy());
  if (delay === 0) {
    from.pipe(to);
    return;
  }
  let held = 0;
  from.on("data", (chunk) => {
    held += chunk.length;
    if (held > WINDOW) from.pause();
    setTimeout(() => {
      held -= chunk.length;
      if (held <= WINDOW) from.resume();
      if (to.writable) to.write(chunk);
    }, delay);
  });
  from.on("end", () => setTimeout(() => to.end(), delay));
}
