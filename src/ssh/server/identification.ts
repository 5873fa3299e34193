import type { Socket } from "node:net";

/** The longest identification, with CR and LF (RFC 4253 section 4.2). */
const LONGEST = 255;

/**
 * Gives ssh2 the first bytes of a client only after its identification is complete, all at once: ssh2 loses bytes of an identification that
 * arrives in more than two pieces. Ends a connection whose first line is too long. Call it before ssh2 gets the socket.
 */
export function holdIdentification(socket: Socket): void {
  const onListener = (event: string | symbol, reader: (chunk: Buffer) => void) => {
    if (event !== "data") return;
    socket.off("newListener", onListener);
    // The listener is added after this event, and data flows after the next tick.
    process.nextTick(() => hold(socket, reader));
  };
  socket.on("newListener", onListener);
}

function hold(socket: Socket, reader: (chunk: Buffer) => void): void {
  let held = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    const end = held.indexOf(0x0a);
    if (end >= LONGEST || (end < 0 && held.length >= LONGEST)) return void socket.destroy();
    if (end < 0) return;
    socket.off("data", onData);
    socket.on("data", reader);
    reader(held);
  };
  socket.off("data", reader);
  socket.on("data", onData);
}
