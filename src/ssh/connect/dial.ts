import { createConnection, type Socket } from "node:net";
import { SocksClient } from "socks";
import { abortReason } from "../../core/clock.js";
import { messageOf } from "../../core/errors.js";

/** A SOCKS5 proxy (`ssh_proxy_*`). */
export interface SocksProxy {
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

/** One end of a TCP connection. */
interface Place {
  readonly host: string;
  readonly port: number;
}

/** Time limit in milliseconds, and abort signal. */
interface DialLimits {
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** Opens a TCP connection, directly or through a proxy. Rejects with the system error, a timeout or the abort reason. */
export async function dial(
  to: Place,
  options: DialLimits & { readonly proxy: SocksProxy | undefined },
): Promise<Socket> {
  return options.proxy ? dialThrough(options.proxy, to, options) : dialDirectly(to, options);
}

function dialDirectly(to: Place, { timeout, signal }: DialLimits): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(abortReason(signal));
      return;
    }
    const socket = createConnection({ host: to.host, port: to.port, noDelay: true, keepAlive: true });
    const finish = (action: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.removeListener("error", onError);
      action();
    };
    const fail = (error: Error) =>
      finish(() => {
        socket.on("error", () => undefined);
        socket.destroy();
        reject(error);
      });
    const onAbort = () => fail(abortReason(signal));
    const onError = (error: Error) => fail(error);
    const timer = setTimeout(() => fail(new Error(`no response within ${timeout / 1000} s`)), timeout);
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("error", onError);
    socket.once("connect", () => finish(() => resolve(socket)));
  });
}

async function dialThrough(proxy: SocksProxy, to: Place, { timeout, signal }: DialLimits): Promise<Socket> {
  const existing = await dialDirectly(proxy, { timeout, signal });
  const stop = () => existing.destroy();
  signal.addEventListener("abort", stop, { once: true });
  try {
    const { socket } = await SocksClient.createConnection({
      command: "connect",
      destination: { host: to.host, port: to.port },
      timeout,
      existing_socket: existing,
      proxy: {
        host: proxy.host,
        port: proxy.port,
        type: 5,
        ...(proxy.username === undefined ? {} : { userId: proxy.username }),
        ...(proxy.password === undefined ? {} : { password: proxy.password }),
      },
    });
    return socket;
  } catch (error) {
    existing.destroy();
    if (signal.aborted) throw abortReason(signal);
    throw new Error(`proxy ${proxy.host}:${proxy.port}: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
