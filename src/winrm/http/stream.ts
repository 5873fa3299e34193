import { request } from "node:http";
import { request as secureRequest } from "node:https";
import { connect, isIP } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { abortReason } from "../../core/clock.js";
import { messageOf } from "../../core/errors.js";
import { proxyAuthorization } from "../../core/proxy.js";

/** Milliseconds for each step of a connection: TCP, the proxy's tunnel, TLS. */
const STEP_LIMIT = 30_000;

/** One end of a connection, and how to reach it. */
export interface StreamTarget {
  readonly host: string;
  readonly port: number;
  /** Undefined sends no TLS. */
  readonly tls: { readonly insecure: boolean } | undefined;
  /** HTTP proxy to ask for a tunnel (CONNECT). */
  readonly proxy: URL | undefined;
  /** Opens the stream below TLS in place of TCP. */
  readonly open: ((signal: AbortSignal) => Promise<Duplex>) | undefined;
}

/** The certificate of the machine is not trusted, or is for another name. */
export class CertificateRefused extends Error {
  constructor(problem: string, cause: unknown) {
    super(problem, { cause });
    this.name = "CertificateRefused";
  }
}

/**
 * Opens a stream for one HTTP connection. Rejects with the error of the network, `CertificateRefused`, or the abort reason.
 */
export async function openStream(target: StreamTarget, signal: AbortSignal): Promise<Duplex> {
  const { host, tls } = target;
  const below = await openBelow(target, signal);
  if (!tls) return below;
  return established(
    connectTls({
      socket: below,
      ...(isIP(host) ? {} : { servername: host }),
      // The name is checked against the host also where it is an address, for which no name is sent.
      host,
      rejectUnauthorized: !tls.insecure,
    }),
    "secureConnect",
    signal,
  ).catch((error: unknown) => {
    below.destroy();
    throw certificateProblem(error) ?? error;
  });
}

function openBelow({ host, port, proxy, open }: StreamTarget, signal: AbortSignal): Promise<Duplex> {
  if (open) return open(signal);
  if (proxy) return openTunnel(proxy, `${host.includes(":") ? `[${host}]` : host}:${port}`, signal);
  return established(
    connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 15_000 }),
    "connect",
    signal,
  );
}

/** Resolves with the stream after its event. Destroys the stream on error, timeout and abort. */
function established<T extends Duplex>(stream: T, event: string, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const finish = (action: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      stream.removeListener("close", onClose);
      action();
    };
    const fail = (error: Error) =>
      finish(() => {
        stream.destroy();
        reject(error);
      });
    const onAbort = () => fail(abortReason(signal));
    const onClose = () => fail(new Error("the connection was closed"));
    const timer = setTimeout(() => fail(new Error(`no response within ${STEP_LIMIT / 1000} s`)), STEP_LIMIT);
    // Never removed: an error without a listener would end the process.
    stream.on("error", fail);
    stream.once("close", onClose);
    stream.once(event, () => finish(() => resolve(stream)));
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}

function openTunnel(proxy: URL, path: string, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const secure = proxy.protocol === "https:";
    const asked = (secure ? secureRequest : request)({
      host: proxy.hostname,
      port: proxy.port || (secure ? 443 : 80),
      method: "CONNECT",
      path,
      headers: { host: path, ...proxyAuthorization(proxy) },
      timeout: STEP_LIMIT,
      signal,
    });
    const through = `proxy "${proxy.host}"`;
    asked.once("connect", (response, socket) => {
      socket.on("error", () => undefined);
      if (response.statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(
        new Error(`${through} refused a connection to "${path}": HTTP ${response.statusCode ?? "without a status"}`),
      );
    });
    asked.once("response", (response) => {
      response.destroy();
      reject(
        new Error(`${through} refused a connection to "${path}": HTTP ${response.statusCode ?? "without a status"}`),
      );
    });
    asked.once("timeout", () => asked.destroy(new Error("no response")));
    asked.once("error", (error) =>
      reject(signal.aborted ? abortReason(signal) : new Error(`${through}: ${messageOf(error)}`, { cause: error })),
    );
    asked.end();
  });
}

/** Codes of certificates that are not trusted (Node.js, "X509 certificate error codes"). */
const UNTRUSTED = /^(?:SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_|CERT_|ERR_TLS_CERT)/;

function certificateProblem(error: unknown): CertificateRefused | undefined {
  const given = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  const code = typeof given === "string" ? given : "";
  return UNTRUSTED.test(code)
    ? new CertificateRefused(`the certificate is not trusted: ${messageOf(error)}`, error)
    : undefined;
}
