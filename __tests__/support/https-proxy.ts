import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createHttps } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { afterAll, beforeAll, beforeEach } from "@jest/globals";
import { selfSignedCertificate } from "../../src/local/windows/certificate.js";
import { temporaryFolder } from "./folder.js";

/** A tunnel request that the proxy received. */
export interface Tunnel {
  readonly target: string;
  readonly authorization: string | undefined;
}

/** A server, and a proxy that opens all tunnels to it, whatever the requested host. */
export interface ProxiedServer {
  readonly port: () => number;
  readonly proxyPort: () => number;
  /** Path of the HTTPS server's certificate (PEM) for `localhost`. */
  readonly certificate: () => string;
  /** Tunnel requests since the start of the test. */
  readonly tunnels: Tunnel[];
  /** Makes the proxy respond with 407 until the end of the test. */
  refuse(): void;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;
const listening = (server: Server) =>
  new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", () => resolve()));

/**
 * Starts a server (HTTPS with its own certificate if `secure`) and its proxy for the tests of a file; closes them after the tests.
 * `onUpgrade` is called with requests for a websocket.
 */
export function proxiedServer(
  handler: RequestListener,
  secure = true,
  onUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
): ProxiedServer {
  const folder = temporaryFolder("proxy");
  const tunnels: Tunnel[] = [];
  let refused = false;
  let target: Server;
  let proxy: Server;
  const certificate = () => join(folder(), "cert.pem");

  beforeAll(async () => {
    const made = selfSignedCertificate("localhost", Date.now(), "127.0.0.1");
    writeFileSync(certificate(), made.cert);
    target = secure ? createHttps({ key: made.key, cert: made.cert }, handler) : createServer(handler);
    if (onUpgrade) target.on("upgrade", onUpgrade);
    proxy = createServer();
    proxy.on("connect", (request, socket) => {
      tunnels.push({ target: request.url ?? "", authorization: request.headers["proxy-authorization"] });
      if (refused) return socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      const upstream = connect(portOf(target), "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        upstream.pipe(socket).pipe(upstream);
      });
      socket.on("error", () => upstream.destroy());
      upstream.on("error", () => socket.destroy());
      return undefined;
    });
    await Promise.all([listening(target), listening(proxy)]);
  });

  beforeEach(() => {
    tunnels.length = 0;
    refused = false;
  });

  afterAll(async () => {
    for (const server of [target, proxy]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  return {
    port: () => portOf(target),
    proxyPort: () => portOf(proxy),
    certificate,
    tunnels,
    refuse: () => {
      refused = true;
    },
  };
}
