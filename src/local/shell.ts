import { systemClock } from "../core/clock.js";
import { BakeError } from "../core/errors.js";
import type { UserStreams } from "../core/user-streams.js";
import { connectUntilReady } from "../ssh/connect/connect-loop.js";
import { loadConnector, plainTarget } from "../ssh/connect/connector.js";
import { generateKeyPair } from "../ssh/keys/key-pair.js";
import { runShell } from "../ssh/shell.js";
import type { LocalCloud } from "./cloud.js";
import { loadStateDirectory } from "./state-directory.js";

/** What a shell in an image is opened with. */
export interface LocalShell {
  readonly imageId: string;
  readonly user: string;
  /** A command to run instead of an interactive shell. */
  readonly command: readonly string[];
  readonly streams: UserStreams;
  readonly signal: AbortSignal;
}

/** Limits of the login, in milliseconds and attempts: the instance accepts logins when it is launched. */
const LIMITS = { timeout: 30_000, handshakeAttempts: 1 };

/**
 * Opens a shell in a new instance of an image, on the user's streams. Returns its exit code. Throws a `BakeError` for an image that does not
 * exist.
 */
export async function openLocalShell(cloud: LocalCloud, stateDirectory: string, shell: LocalShell): Promise<number> {
  const image = loadStateDirectory(stateDirectory)
    ?.regions.flatMap((region) => region.images)
    .find(({ id }) => id === shell.imageId);
  if (!image || !cloud.sandboxes) {
    throw new BakeError(`Image "${shell.imageId}" does not exist in the local cloud`, {
      code: "local-image-not-found",
      hint: "Run `bake-ami local images` to list the images.",
    });
  }
  const pair = await generateKeyPair("ed25519", { comment: "bake-ami-local-shell" });
  const { address } = await cloud.sandboxes.launch({
    instanceId: "i-shell",
    hostName: "local-shell",
    image: { sourceName: image.sourceName, layers: image.layers },
    authorizedKeys: [pair.publicKey],
  });
  const login = { address, port: 22, user: shell.user, key: { from: "text", text: pair.privateKey } } as const;
  const connector = await loadConnector(plainTarget(login, {}), systemClock.now());
  const { signal } = shell;
  const connection = await connectUntilReady(connector, {
    clock: systemClock,
    signal,
    limits: LIMITS,
    onAttempt: undefined,
  });
  try {
    return await runShell(connection, shell.command, shell.streams, signal);
  } finally {
    await connection.close();
  }
}
