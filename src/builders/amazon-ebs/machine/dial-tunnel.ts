import type { AwsSession } from "../../../aws/client/session.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import type { dialWebSocket } from "../../../tunnels/websocket.js";

/** Milliseconds for the connection of a websocket. */
const DIAL_TIMEOUT = 15_000;

/** A signed request for a websocket, and the action of IAM that allows it. */
export interface TunnelRequest {
  readonly action: "ssmmessages:OpenDataChannel" | "ec2-instance-connect:OpenTunnel";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * Opens a websocket with the proxies and certificates of the run. Rejects as `dialWebSocket` does, and with a `BakeError` (`aws-denied`) when
 * the role may not open it. A signature that has expired is no denial: the next attempt is signed again.
 */
export async function dialTunnel(
  session: AwsSession,
  { action, url, headers, signal }: TunnelRequest,
): ReturnType<typeof dialWebSocket> {
  const websocket = await import("../../../tunnels/websocket.js");
  try {
    return await websocket.dialWebSocket(url, { headers, timeout: DIAL_TIMEOUT, agent: session.agentOf(url), signal });
  } catch (error) {
    const isDenied = error instanceof websocket.UpgradeRefused && (error.status === 401 || error.status === 403);
    if (!isDenied || /expired/i.test(error.message)) throw error;
    throw new BakeError(`AWS denied ${action} in ${session.region}: ${messageOf(error)}`, {
      code: "aws-denied",
      region: session.region,
      cause: error,
      hint: `Allow ${action} for the role of the bake (docs/private-networks.md).`,
    });
  }
}
