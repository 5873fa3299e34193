import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** In Linux's abstract namespace: the name goes with the process that holds it (unix(7)). */
const NAME = "\0bake-ami-engine-tests";

/**
 * Waits until no other process of these tests uses the engine; answers how to let the next one. Tests count the containers and images
 * that an engine holds, so that two files at once would see each other's. Elsewhere than on Linux nobody waits.
 */
export async function takeEngineTurn(name = NAME): Promise<() => void> {
  if (process.platform !== "linux") return () => undefined;
  for (;;) {
    const server = createServer();
    const waiting = waitersOf(server);
    server.listen(name);
    const taken = await once(server, "listening").then(
      () => true,
      () => false,
    );
    if (taken) {
      return () => {
        server.close();
        for (const socket of waiting) socket.destroy();
      };
    }
    await untilFree(name);
  }
}

function waitersOf(server: Server): ReadonlySet<Socket> {
  const waiting = new Set<Socket>();
  server.on("connection", (socket) => {
    waiting.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => waiting.delete(socket));
  });
  return waiting;
}

/** Whoever has the turn ends this connection with it. */
async function untilFree(name: string): Promise<void> {
  const socket = connect(name);
  socket.on("error", () => undefined);
  socket.resume();
  await new Promise((resolve) => socket.once("close", resolve));
}
