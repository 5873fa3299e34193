import { Duplex } from "node:stream";
import type WebSocket from "ws";
import { oneLine } from "./session-manager/link.js";
import { LONGEST_FRAME, sendTogether } from "./websocket.js";

/** Bytes that may wait in the websocket before a write waits. */
const MOST_WAITING = 1024 * 1024;

/** Most bytes of one frame, as the AWS CLI sends them. */
const FRAME = 65_000;

/** Close code of a connection that ended as it should. */
const NORMAL = 1000;

/**
 * Returns the bytes of a websocket of an EC2 Instance Connect Endpoint: one TCP connection, without framing. The stream fails with the
 * code and the reason when the websocket is closed otherwise than normally.
 */
export function tunnelStream(socket: WebSocket): Duplex {
  const stream = new Duplex({
    // A tunnel has no half-close: when the service closes it normally, the connection has ended for its user too.
    allowHalfOpen: false,
    read: () => socket.resume(),
    write(chunk: Buffer, _encoding, done) {
      for (let at = 0; at < chunk.length; at += FRAME) {
        const isLast = at + FRAME >= chunk.length;
        // The callback comes when the bytes are handed to the system, so that a slow network holds up the writer.
        if (isLast && socket.bufferedAmount > MOST_WAITING) sendTogether(socket, chunk.subarray(at), done);
        else {
          sendTogether(socket, chunk.subarray(at, at + FRAME));
          if (isLast) done();
        }
      }
      if (chunk.length === 0) done();
    },
    final(done) {
      socket.close(NORMAL);
      done();
    },
    destroy(error, done) {
      socket.terminate();
      done(error);
    },
  });
  socket.on("message", (data: Buffer, isBinary) => {
    if (!isBinary) stream.destroy(new Error("The endpoint sent text in a tunnel"));
    else if (!stream.push(data)) socket.pause();
  });
  socket.once("error", (error: Error & { readonly code?: string }) => {
    if (error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH")
      stream.destroy(new Error(`EC2 Instance Connect sent a message of more than ${LONGEST_FRAME / 1024 / 1024} MiB`));
  });
  socket.once("close", (code, reason) => {
    if (code === NORMAL) stream.push(null);
    else stream.destroy(new Error(closedText(code, reason)));
  });
  return stream;
}

function closedText(code: number, reason: Buffer): string {
  const text = oneLine(reason.toString("utf8"));
  return `EC2 Instance Connect closed the tunnel (code ${code}${text ? `: "${text}"` : ""})`;
}
