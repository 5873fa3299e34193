import type { Readable, Writable } from "node:stream";
import type { ServerChannel } from "ssh2";
import type { OutputStream } from "../../core/communicator.js";
import { forgetSentData } from "../ssh2-internals.js";

/** The output side of a session channel. */
export interface ChannelOutput {
  /**
   * Sends all data of a stream. Resolves after the client's window has accepted the last byte, or when the channel is closed; then the
   * source is destroyed. Never rejects.
   */
  send(source: Readable, stream: OutputStream): Promise<void>;
}

/**
 * Returns the output side of a channel. Both streams share one window (RFC 4254 section 5.2), and ssh2 keeps one piece of data that waits
 * for it: one write at a time, over both streams, so that no piece is lost or sent twice.
 */
export function channelOutput(channel: ServerChannel): ChannelOutput {
  const closed = new Promise<void>((resolve) => channel.once("close", resolve));
  const streams: Readonly<Record<OutputStream, Writable>> = { stdout: channel, stderr: channel.stderr as Writable };
  for (const stream of [channel, streams.stderr]) stream.on("error", () => undefined);
  let last: Promise<unknown> = Promise.resolve();
  const write = (chunk: Uint8Array, stream: OutputStream): Promise<unknown> => {
    last = last.then(() => Promise.race([writeOne(channel, streams[stream], chunk), closed]));
    return last;
  };
  return {
    async send(source, stream) {
      const onClose = () => void source.destroy();
      channel.once("close", onClose);
      try {
        for await (const chunk of source as AsyncIterable<Uint8Array>) await write(chunk, stream);
      } catch {
        // The command's end was cut off, or the client is gone.
      } finally {
        channel.removeListener("close", onClose);
      }
    },
  };
}

function writeOne(channel: ServerChannel, stream: Writable, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    stream.write(chunk, () => {
      forgetSentData(channel);
      resolve();
    });
  });
}
