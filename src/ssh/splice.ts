import type { Socket } from "node:net";
import type { Channel } from "ssh2";

const NOTHING = Buffer.alloc(0);

/**
 * Copies data between a forwarded channel (RFC 4254 section 7) and a socket. Each direction ends by itself, so that a peer that has sent
 * everything still receives the response. An end is passed on after all data before it. The socket must allow half-open connections.
 */
export function splice(channel: Channel, socket: Socket): void {
  let received = false;
  let sent = false;
  const closeAtEnd = () => {
    if (received && sent) channel.close();
  };
  channel.pipe(socket);
  channel.once("end", () => {
    received = true;
    closeAtEnd();
  });
  channel.on("error", () => socket.destroy());
  // Everything that the peer sent is in the socket's buffer by now.
  channel.once("close", () => socket.destroySoon());

  socket.pipe(channel, { end: false });
  const passEnd = (onSent: () => void) => {
    // ssh2's `end()` closes a server's channel in both directions.
    channel.write(NOTHING, () => {
      channel.eof();
      sent = true;
      onSent();
    });
  };
  socket.once("end", () => passEnd(closeAtEnd));
  socket.on("error", () => {
    if (!sent) passEnd(() => channel.close());
    else channel.close();
  });
}
