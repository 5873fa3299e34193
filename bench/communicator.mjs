/** Opens the communicator of a bake to an SSH server. */
import { load } from "./library.mjs";

/** `server` has port, user and key (a file), and `host` or `way` unless it is on 127.0.0.1. `fileTransfer` is "scp" or "sftp". */
export async function openCommunicator({ host = "127.0.0.1", port, key, user, way }, fileTransfer = "scp") {
  const { openSshCommunicator } = await load("communicators/ssh.ts");
  const { systemClock } = await load("core/clock.ts");
  return openSshCommunicator({
    target: {
      address: async () => host,
      port,
      credentials: { user, key: { from: "file", path: key } },
      algorithms: { ciphers: [], keyExchanges: [] },
      keepAlive: { interval: 5000, tolerated: 24 },
      hostKeys: { check: true, onNewKey: () => undefined },
      debug: () => undefined,
      way,
    },
    limits: { timeout: 20_000, handshakeAttempts: 3 },
    pty: false,
    fileTransfer,
    localTunnels: [],
    remoteTunnels: [],
    pauseBeforeConnecting: 0,
    clock: systemClock,
    signal: new AbortController().signal,
  });
}
