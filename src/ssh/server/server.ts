import type { Socket } from "node:net";
import ssh2, { type Connection } from "ssh2";
import { offeredAlgorithms } from "../connect/algorithms.js";
import { authenticate } from "./authentication.js";
import { serveForwards } from "./forwarding.js";
import { holdIdentification } from "./identification.js";
import type { Login, LoginHost } from "./login-host.js";
import { serveSession } from "./session.js";

export interface SshServerOptions {
  /** OpenSSH private key text. */
  readonly hostKey: string;
  readonly host: LoginHost;
  /** The address that clients connect to, for SSH_CONNECTION. */
  readonly address: string;
  /** Whether clients may forward ports. */
  readonly forwards: "served" | "refused";
}

export interface SshServer {
  /** Serves an accepted connection. */
  serve(socket: Socket): void;
  /** Closes every connection, as a machine that shuts down does. */
  disconnect(): void;
}

/** Returns an SSH server for one machine. It runs in this process and needs nothing installed on the machine. */
export function openSshServer(options: SshServerOptions): SshServer {
  const sockets = new Set<Socket>();
  const algorithms = offeredAlgorithms({ ciphers: [], keyExchanges: [] }, []);
  const server = new ssh2.Server({ hostKeys: [options.hostKey], ident: "bake-ami", algorithms }, (connection, info) =>
    serveConnection(connection, { ip: info.ip ?? "127.0.0.1", port: info.port ?? 0 }, options),
  );
  server.on("error", () => undefined);
  return {
    serve(socket) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
      socket.once("close", () => sockets.delete(socket));
      holdIdentification(socket);
      server.injectSocket(socket);
    },
    disconnect() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function serveConnection(
  connection: Connection,
  client: { readonly ip: string; readonly port: number },
  { host, address, forwards }: SshServerOptions,
): void {
  let login: Login | undefined;
  let endForwards: (() => void) | undefined;
  const sessions = new Set<() => void>();
  const environment = [
    `SSH_CLIENT=${client.ip} ${client.port} 22`,
    `SSH_CONNECTION=${client.ip} ${client.port} ${address} 22`,
  ];
  connection.on("error", () => undefined);
  connection.on("close", () => {
    endForwards?.();
    for (const leave of sessions) leave();
  });
  connection.on("authentication", (context) => {
    void authenticate(context, host, (found) => {
      login = found;
    });
  });
  connection.on("ready", () => {
    if (forwards === "served") endForwards = serveForwards(connection);
    connection.on("session", (accept, reject) => {
      if (!login) return reject();
      const session = accept();
      const leave = serveSession(session, { host, login, environment });
      sessions.add(leave);
      session.once("close", () => sessions.delete(leave));
    });
  });
}
