import type { SshTarget } from "../../src/ssh/connect/connector.js";
import type { Sshd } from "./sshd.js";

/** A target for a server of the tests; parts can be replaced. */
export function targetOf(sshd: Sshd, changes: Partial<SshTarget> = {}): SshTarget {
  return {
    address: async () => "127.0.0.1",
    port: sshd.port,
    credentials: { user: sshd.user, key: { from: "file", path: sshd.keyFile } },
    algorithms: { ciphers: [], keyExchanges: [] },
    keepAliveInterval: 0,
    ...changes,
  };
}
