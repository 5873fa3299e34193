import { noDebug } from "../../src/core/debug.js";
import type { SshTarget } from "../../src/ssh/connect/connector.js";
import type { SshCredentials } from "../../src/ssh/keys/credentials.js";
import type { Sshd } from "./sshd.js";

/** Where a test server listens, and its login. */
export type TestLogin = Pick<Sshd, "port" | "user" | "keyFile">;

/** Returns a target for a test server. Parts can be replaced. */
export function targetOf(sshd: TestLogin, changes: Partial<SshTarget> = {}): SshTarget {
  return {
    address: async () => "127.0.0.1",
    port: sshd.port,
    credentials: credentialsOf({ user: sshd.user, key: { from: "file", path: sshd.keyFile } }),
    algorithms: { ciphers: [], keyExchanges: [] },
    keepAlive: { interval: 0, tolerated: 0 },
    idleTimeout: undefined,
    bastion: undefined,
    proxy: undefined,
    way: undefined,
    sentKey: undefined,
    forwardAgent: undefined,
    hostKeys: { check: true, onNewKey: () => undefined },
    debug: noDebug,
    ...changes,
  };
}

/** Returns credentials with only the given values. */
export function credentialsOf(given: Partial<SshCredentials> & Pick<SshCredentials, "user">): SshCredentials {
  return {
    key: undefined,
    certificateFile: undefined,
    password: undefined,
    agentSocket: undefined,
    ask: undefined,
    ...given,
  };
}
