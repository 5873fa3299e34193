import type { Client } from "ssh2";

/** The parts of ssh2's protocol object that open a session and enlarge its window. */
interface WindowProtocol {
  session(channel: number, window: number, packetSize: number): void;
  channelData(channel: number, data: Buffer): void;
  channelWindowAdjust(channel: number, amount: number): void;
  readonly _handlers: Record<string, (...args: unknown[]) => void>;
}

/**
 * Gives the sessions that a client opens from now on a receive window of `size` bytes (RFC 4254, section 5.2). ssh2 always offers 2 MiB.
 * Each received byte is acknowledged when it arrives.
 */
export function narrowWindows(client: Client, size: number): void {
  const protocol = Reflect.get(client, "_protocol") as WindowProtocol;
  const { session, channelWindowAdjust } = protocol;
  const handlers = protocol._handlers;
  protocol.session = (channel, _window, packetSize) => session.call(protocol, channel, size, packetSize);
  protocol.channelWindowAdjust = () => undefined;
  for (const [name, place] of [
    ["CHANNEL_DATA", 2],
    ["CHANNEL_EXTENDED_DATA", 2],
  ] as const) {
    const original = handlers[name];
    handlers[name] = (...args) => {
      original?.(...args);
      const data = args[place] as Buffer;
      const channel = channelOf(client, args[1] as number);
      if (channel !== undefined) channelWindowAdjust.call(protocol, channel, data.length);
    };
  }
}

/** Returns the server's number of a channel. */
function channelOf(client: Client, recipient: number): number | undefined {
  const manager = Reflect.get(client, "_chanMgr") as { get(id: number): { outgoing?: { id: number } } | undefined };
  return manager.get(recipient)?.outgoing?.id;
}
