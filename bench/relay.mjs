/** A TCP relay that delays every byte by half a round trip in each direction. */
import { connect, createServer } from "node:net";

export async function startRelay(port, roundTrip) {
  const server = createServer((client) => {
    const target = connect(port, "127.0.0.1");
    pass(client, target, roundTrip / 2);
    pass(target, client, roundTrip / 2);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { port: server.address().port, close: () => new Promise((done) => server.close(done)) };
}

/** Maximum number of delayed bytes: stands for the TCP window. */
const WINDOW = 16 * 1024 * 1024;

function pass(from, to, delay) {
  let held = 0;
  from.setNoDelay(true);
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
  from.on("error", () => to.destroy());
}
