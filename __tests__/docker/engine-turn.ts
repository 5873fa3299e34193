import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** In Linux's abstract namespace: the name is released with the process that holds it (unix(7)). */
const NAME = "\0bake-ami-engine-tests";

/**
 * Waits until no other test process uses the engine; returns a function that releases it. Tests count the engine's containers and
 * images, so two files at the same time would count each other's. On other systems than Linux it does not wait.
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

/** The process that has the turn closes this connection when it ends. */
async function untilFree(name: string): Promise<void> {
  const socket = connect(name);
  socket.on("error", () => undefined);
  socket.resume();
  await new Promise((resolve) => socket.once("close", resolve));
}
