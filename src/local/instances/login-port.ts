import type { Socket } from "node:net";
import type { LoginHost } from "../../ssh/server/login-host.js";
import { openSshServer, type SshServer } from "../../ssh/server/server.js";
import type { PortListener, Ports } from "./address.js";

/** Port 22 of a machine, on an address that it keeps for life. */
export interface LoginPort {
  readonly address: string;
  /** Takes logins to `host` from now on, with the private host key `hostKey`. */
  open(hostKey: string, host: LoginHost): Promise<void>;
  /** Cuts connections and stops listening. */
  unplug(): Promise<void>;
}

/** Takes port 22 of a free address; until it is opened, connections are refused at once. */
export async function takeLoginPort(ports: Ports): Promise<LoginPort> {
  let server: SshServer | undefined;
  const take = (socket: Socket) => (server ? server.serve(socket) : socket.destroy());
  let listener: PortListener | undefined = await ports.listenOnFree(take);
  const { address } = listener;
  return {
    address,
    async open(hostKey, host) {
      server = openSshServer({ hostKey, host, address, forwards: "served" });
      listener ??= await ports.listen(address, take);
    },
    async unplug() {
      server?.disconnect();
      server = undefined;
      const closing = listener;
      listener = undefined;
      await closing?.close();
    },
  };
}
