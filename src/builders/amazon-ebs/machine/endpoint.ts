import type { AwsSession } from "../../../aws/client/session.js";
import type { ConnectEndpoint } from "../../../aws/instance-connect.js";
import type { Way } from "../../../ssh/connect/connector.js";
import type { ReachedServer } from "../options/server.js";
import { dialTunnel } from "./dial-tunnel.js";

/** Longest time of a tunnel in seconds, and milliseconds after which it is replaced between two commands. */
const LONGEST = 3600;
const REPLACE_AFTER = 50 * 60_000;

/** Seconds for which the signature of a tunnel is valid. */
const SIGNED_FOR = 60;

/**
 * Returns the way to the instance's port of SSH or WinRM through an EC2 Instance Connect Endpoint (EC2 User Guide, "Connect using EC2 Instance Connect
 * Endpoint"). Each connection is a tunnel of its own, which ends after an hour.
 */
export async function endpointWay(
  session: AwsSession,
  endpoint: ConnectEndpoint,
  { address, server }: { readonly address: string; readonly server: ReachedServer },
): Promise<Way> {
  const { tunnelStream } = await import("../../../tunnels/endpoint-tunnel.js");
  const request = {
    service: "ec2-instance-connect",
    region: session.region,
    url: tunnelUrl(endpoint, address, server.port),
  };
  return {
    name: `endpoint ${endpoint.id}`,
    lifetime: REPLACE_AFTER,
    hint: `Check that the security groups of ${endpoint.id} allow outbound connections to port ${server.port}, that the groups of the instance allow inbound ones from them, and that the image runs ${server.protocol === "SSH" ? "an SSH server" : "WinRM"}. Increase "${server.timeoutOption}" if the image boots slowly.`,
    async open(signal) {
      const url = await session.presign(request, SIGNED_FOR);
      return tunnelStream(
        await dialTunnel(session, { action: "ec2-instance-connect:OpenTunnel", url, headers: {}, signal }),
      );
    },
  };
}

/** Returns the address of a tunnel. A DNS name with a port is of a service that is compatible with EC2, and served like its API. */
function tunnelUrl({ id, dnsName }: ConnectEndpoint, address: string, port: number): URL {
  const url = new URL(`${/:\d+$/.test(dnsName) ? "ws" : "wss"}://${dnsName}/openTunnel`);
  url.searchParams.set("instanceConnectEndpointId", id);
  url.searchParams.set("maxTunnelDuration", String(LONGEST));
  url.searchParams.set("privateIpAddress", address);
  url.searchParams.set("remotePort", String(port));
  return url;
}
