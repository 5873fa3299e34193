import { Duplex } from "node:stream";
import type WebSocket from "ws";
import { abortReason, type Clock, signalWithTimeout } from "../../core/clock.js";
import type { Debug } from "../../core/debug.js";
import { BakeError } from "../../core/errors.js";
import type { SessionAccess } from "./access.js";
import { type ChannelOptions, type DataChannel, openDataChannel, SessionUnsupported } from "./channel.js";
import { isMultiplexed } from "./handshake.js";
import { SessionEnded } from "./link.js";
import { type Multiplexer, multiplex } from "./smux.js";

export interface TunnelOptions {
  readonly access: SessionAccess;
  readonly clock: Clock;
  readonly debug: Debug;
  /** Port on the instance, for messages. */
  readonly port: number;
  /** Opens a websocket to a data channel. */
  dial(url: URL, signal: AbortSignal): Promise<WebSocket>;
}

/** Connections to one port of an instance through Session Manager. */
export interface SessionTunnel {
  /**
   * Opens a connection. Uses the session of the tunnel while it lasts, else starts another. Rejects with the error of StartSession
   * (`TargetNotConnected`), with `SessionEnded`, or with a `BakeError` (`session-unsupported`) that no repetition changes.
   */
  connect(signal: AbortSignal): Promise<Duplex>;
  /** Ends the session. */
  close(): void;
}

/** Milliseconds from StartSession until the agent is ready for data. It ends the session itself after 15 s. */
const READY_TIMEOUT = 30_000;

/** Milliseconds within which an agent acknowledges, over any network. */
const PROBE_LIMIT = 3000;

/** Milliseconds: for which an agent may still take up a session that another one was started for, and between two such sessions. */
const TAKE_UP = 10_000;
const NEXT_SUSPICION = 2000;

/** A session that is ready, and how connections are opened over it. */
interface OpenTunnel {
  readonly channel: DataChannel;
  readonly open: () => Duplex;
  /** Whether the session is one connection and ends with it: each connection needs its own session. */
  readonly isSingle: boolean;
  /** Returns whether another connection can be opened: after a reboot, nothing shows that the agent of the session is gone. */
  readonly isAlive: (signal: AbortSignal) => Promise<boolean>;
}

/** Returns a tunnel. No session is started before the first connection. */
export function sessionTunnel(options: TunnelOptions): SessionTunnel {
  const { debug, clock } = options;
  const over = new AbortController();
  /** All sessions that have not ended, to be closed. One that is a single connection is in use while another is current. */
  const open = new Set<OpenTunnel>();
  let current: OpenTunnel | undefined;
  let isSuspecting = false;

  const start = async (signal: AbortSignal): Promise<OpenTunnel> => {
    let own: OpenTunnel | undefined;
    const tunnel = await startTunnel({ ...options, onSilent: () => own && void suspect(own) }, signal);
    own = tunnel;
    open.add(tunnel);
    void tunnel.channel.ended.then(() => open.delete(tunnel));
    if (over.signal.aborted) tunnel.channel.close();
    return tunnel;
  };
  /**
   * Replaces a session whose agent is gone. Nothing reports a restart of the instance: its sessions fall silent, and their connections with
   * them. When the new agent takes another session and not this one, the instance has restarted.
   */
  const replace = async (tunnel: OpenTunnel): Promise<void> => {
    const next = await start(over.signal);
    await clock.sleep(TAKE_UP, over.signal);
    if (!open.has(tunnel) || !tunnel.channel.isSilent()) {
      next.channel.close();
      return;
    }
    // An old agent has a session for each connection, and this one need not be that of the newest.
    if (current === tunnel && !next.isSingle) current = next;
    else next.channel.close();
    debug(() => "The agent does not know the session any more: the instance has restarted");
    tunnel.channel.fail(new SessionEnded("The instance has restarted"));
  };
  const suspect = async (tunnel: OpenTunnel): Promise<void> => {
    if (isSuspecting || !tunnel.channel.isSilent()) return;
    isSuspecting = true;
    // Both reject when the tunnel is closed, and no session can be started while there is no agent.
    await replace(tunnel).catch(() => undefined);
    await clock.sleep(NEXT_SUSPICION, over.signal).catch(() => undefined);
    isSuspecting = false;
  };

  return {
    async connect(signal) {
      if (current?.isSingle) current = undefined;
      const known = current;
      if (known && !(await known.isAlive(signal)) && current === known) {
        debug(() => "The session does not respond: another one is started");
        known.channel.close();
        current = undefined;
      }
      current ??= await start(signal);
      return current.open();
    },
    close() {
      over.abort();
      for (const { channel } of open) channel.close();
      current = undefined;
    },
  };
}

async function startTunnel(
  options: TunnelOptions & Pick<ChannelOptions, "onSilent">,
  signal: AbortSignal,
): Promise<OpenTunnel> {
  const { access, clock, debug, port } = options;
  const session = await access.start(signal);
  // A server that speaks first can be heard together with the end of the handshake.
  const early: Buffer[] = [];
  let take = (bytes: Buffer): void => void early.push(bytes);
  let portError: () => void = () => undefined;
  const channel = openDataChannel({
    session,
    clock,
    debug,
    dial: options.dial,
    resume: (until) => (isPresigned(session.url) ? Promise.resolve(undefined) : access.resume(session.id, until)),
    onBytes: (bytes) => take(bytes),
    onPortError: () => portError(),
    onSilent: options.onSilent,
    dataKey: (keyId) => access.dataKey({ sessionId: session.id, keyId }, signal),
  });
  const wait = signalWithTimeout(
    signal,
    READY_TIMEOUT,
    clock,
    () => new SessionEnded("The SSM agent did not respond within 30 s"),
  );
  const stop = () => channel.close();
  wait.signal.addEventListener("abort", stop, { once: true });
  try {
    const handshake = await channel.ready;
    const tunnel = isMultiplexed(handshake) ? muxTunnel(channel, port) : basicTunnel(channel);
    take = tunnel.take;
    portError = tunnel.portError;
    early.forEach(take);
    return { channel, open: tunnel.open, isSingle: tunnel.isSingle, isAlive: tunnel.isAlive };
  } catch (error) {
    if (wait.signal.aborted) throw abortReason(wait.signal);
    throw error instanceof SessionUnsupported ? unsupported(error) : error;
  } finally {
    wait.signal.removeEventListener("abort", stop);
    wait.done();
  }
}

/** An address that is signed already can be dialled once only. */
function isPresigned(url: string): boolean {
  return [...new URL(url).searchParams.keys()].some((name) => name.toLowerCase().startsWith("x-amz-"));
}

function unsupported(cause: SessionUnsupported): BakeError {
  return new BakeError(`${cause.message}, which bake-ami does not support`, {
    code: "session-unsupported",
    cause,
    hint: 'Check the preferences of Session Manager in this Region (document "SSM-SessionManagerRunShell"), or set "ssh_interface" to another value.',
  });
}

interface TunnelKind {
  readonly take: (bytes: Buffer) => void;
  readonly portError: () => void;
  readonly open: () => Duplex;
  readonly isSingle: boolean;
  readonly isAlive: (signal: AbortSignal) => Promise<boolean>;
}

/** Each connection is a stream of its own. */
function muxTunnel(channel: DataChannel, port: number): TunnelKind {
  const mux: Multiplexer = multiplex(channel);
  let newest: Duplex | undefined;
  void channel.ended.then(mux.end);
  return {
    isSingle: false,
    take: (bytes) => {
      try {
        mux.take(bytes);
      } catch (error) {
        mux.end(error instanceof Error ? error : new Error(String(error)));
        channel.close();
      }
    },
    portError: () => newest?.destroy(new Error(`The SSM agent could not connect to port ${port} of the instance`)),
    // A frame that does nothing: the agent acknowledges its message.
    isAlive: async (signal) => {
      mux.probe();
      return channel.acknowledged(PROBE_LIMIT, signal);
    },
    open: () => {
      newest = mux.open();
      return newest;
    },
  };
}

/** The session is one connection, and ends with it. */
function basicTunnel(channel: DataChannel): TunnelKind {
  const stream = new Duplex({
    read: () => channel.setReading(true),
    write: (chunk: Buffer, _encoding, done) => channel.write(chunk, done),
    final: (done) => {
      channel.close();
      done();
    },
    destroy: (error, done) => {
      channel.close();
      done(error);
    },
  });
  void channel.ended.then((error) => stream.destroy(error));
  return {
    isSingle: true,
    take: (bytes) => {
      if (!stream.push(bytes)) channel.setReading(false);
    },
    portError: () => undefined,
    isAlive: () => Promise.resolve(false),
    open: () => stream,
  };
}
