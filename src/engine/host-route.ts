import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import type { Route } from "../core/parts.js";

/**
 * Returns the addresses of a connection to a host: those that the routing table of this host gives. A UDP socket is connected, which sends
 * nothing. Undefined when the name has no address, or the address no route.
 */
export async function routeTo(host: string): Promise<Route | undefined> {
  try {
    const { address, family } = await lookup(host);
    const local = await localAddress(address, family === 6 ? "udp6" : "udp4");
    return { local, remote: address };
  } catch {
    return undefined;
  }
}

/** Any port: nothing is sent. */
const PORT = 22;

function localAddress(address: string, type: "udp4" | "udp6"): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(type);
    socket.once("error", (error) => {
      socket.close();
      reject(error);
    });
    socket.connect(PORT, address, () => {
      const { address: local } = socket.address();
      socket.close();
      resolve(local);
    });
  });
}
