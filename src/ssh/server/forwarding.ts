import { lookup } from "node:dns/promises";
import { createServer, type Server as NetServer, connect as netConnect, type Socket } from "node:net";
import type { Connection } from "ssh2";
import { isHostServiceAddress } from "../../core/address-ranges.js";
import { splice } from "../splice.js";

/** Serves `direct-tcpip` and `tcpip-forward` (RFC 4254 section 7), like sshd with GatewayPorts off. Returns a function that closes them. */
export function serveForwards(connection: Connection): () => void {
  const listeners = new Map<string, NetServer>();
  connection.on("tcpip", (accept, reject, info) => {
    void reach(info.destIP, info.destPort).then(
      (socket) => splice(accept(), socket),
      () => reject(),
    );
  });
  connection.on("request", (accept, reject, name, info) => {
    if (name === "tcpip-forward" && "bindPort" in info) {
      const listener = listen(connection, info.bindAddr, info.bindPort, (port) => {
        listeners.set(`${info.bindAddr}:${port}`, listener);
        accept?.(port);
      });
      listener.once("error", () => reject?.());
    } else if (name === "cancel-tcpip-forward" && "bindPort" in info) {
      listeners.get(`${info.bindAddr}:${info.bindPort}`)?.close();
      listeners.delete(`${info.bindAddr}:${info.bindPort}`);
      accept?.();
    } else reject?.();
  });
  return () => {
    for (const listener of listeners.values()) listener.close();
    listeners.clear();
  };
}

async function reach(host: string, port: number): Promise<Socket> {
  const { address } = await lookup(host);
  if (isHostServiceAddress(address)) throw new Error("the metadata address is not reachable");
  return await new Promise((resolve, reject) => {
    const socket = netConnect({ host: address, port, allowHalfOpen: true });
    socket.once("connect", () => resolve(socket));
    socket.once("error", reject);
  });
}

function listen(connection: Connection, address: string, port: number, onPort: (port: number) => void): NetServer {
  const listener = createServer({ allowHalfOpen: true }, (socket) => {
    const from = { ip: socket.remoteAddress ?? "127.0.0.1", port: socket.remotePort ?? 0 };
    connection.forwardOut(address, boundPort(listener), from.ip, from.port, (error, channel) => {
      if (error) socket.destroy();
      else splice(channel, socket);
    });
  });
  listener.listen(port, "127.0.0.1", () => onPort(boundPort(listener)));
  return listener;
}

function boundPort(listener: NetServer): number {
  const bound = listener.address();
  return typeof bound === "object" && bound ? bound.port : 0;
}
