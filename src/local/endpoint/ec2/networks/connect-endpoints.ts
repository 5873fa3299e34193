import { createConnection } from "node:net";
import { acceptWebSocket, type MessageSocket, type UpgradeRequest } from "../../../../tunnels/websocket.js";
import type { Actions, ApiCall, Handler } from "../../call.js";
import type { Cloud, Region } from "../../cloud.js";
import { ACCOUNT, type Resource, stockId } from "../../records.js";
import { refusal } from "../../wire/errors.js";
import type { FilterFields } from "../../wire/filters.js";
import type { Trouble } from "../../wire/tunnel-faults.js";
import { describeRows, select } from "../describe.js";
import type { Instance } from "../model.js";
import { instanceState } from "../states.js";
import { addresses } from "./network-interfaces.js";

/** Path of the tunnels of endpoints. */
export const TUNNEL_PATH = "/openTunnel";

interface EndpointRow extends Resource {
  readonly subnetId: string;
  readonly vpcId: string;
}

/** The endpoint of a Region, in the first subnet of the default VPC. */
function endpointsOf({ name, vpc, network }: Region): readonly EndpointRow[] {
  if (!network.connectEndpoint) return [];
  return [{ id: stockId("eice", name), bornAt: 0, subnetId: vpc.subnets[0]?.id ?? "", vpcId: vpc.vpcId }];
}

const FILTERS: FilterFields<EndpointRow> = {
  "instance-connect-endpoint-id": (row) => row.id,
  "subnet-id": (row) => row.subnetId,
  "vpc-id": (row) => row.vpcId,
  state: () => "create-complete",
};

const describeEndpoints: Handler = (call: ApiCall) => {
  const { region, host } = call;
  const existing = new Map(endpointsOf(region).map((row) => [row.id, row]));
  const group = [...region.securityGroups.values()].find(({ name }) => name === "default");
  const rows = select(call, "instance-connect-endpoint", existing, "InstanceConnectEndpointId");
  return describeRows(call, "instanceConnectEndpointSet", rows, {
    filters: FILTERS,
    item: ({ id, subnetId, vpcId }) => ({
      instanceConnectEndpointId: id,
      ownerId: ACCOUNT,
      state: "create-complete",
      dnsName: host,
      vpcId,
      subnetId,
      preserveClientIp: false,
      securityGroupIdSet: group ? [group.id] : [],
    }),
  });
};

/** EC2 Instance Connect Endpoints: each Region has one, unless a seed removes it. */
export const connectEndpointActions: Actions = { DescribeInstanceConnectEndpoints: describeEndpoints };

/** Longest time of a tunnel in seconds, and the ports that it connects to. */
const LONGEST = 3600;
const PORTS = [22, 3389];

/** Close codes of a tunnel whose time is over, and of one that cannot connect. */
const GOING_AWAY = 1001;
const UNREACHABLE = 1011;

/** Serves the upgrade of a request to a tunnel. Throws a ServiceError for a request that is not signed, or asks for another port. */
export function serveTunnel(cloud: Cloud, upgrade: UpgradeRequest, trouble: Trouble): void {
  const { searchParams: query } = new URL(upgrade.request.url ?? "/", "http://localhost");
  const region = /\/([a-z0-9-]+)\/ec2-instance-connect\/aws4_request$/.exec(query.get("X-Amz-Credential") ?? "")?.[1];
  if (region === undefined || !query.has("X-Amz-Signature")) {
    throw refusal("AccessDeniedException", "The request is not signed.", 403);
  }
  if (trouble.hasExpired) throw refusal("InvalidSignatureException", "Signature expired.", 403);
  const seconds = Number(query.get("maxTunnelDuration") ?? LONGEST);
  const port = Number(query.get("remotePort"));
  const found = findInstance(cloud, region, query.get("privateIpAddress") ?? "");
  if (!PORTS.includes(port) || !(seconds > 0 && seconds <= LONGEST) || found === undefined) {
    throw refusal("ValidationException", "The request is not valid.");
  }
  acceptWebSocket(upgrade, (accepted) => {
    const socket = trouble.apply(accepted, () => accepted.close(1000));
    forward(socket, { address: found.address ?? "", port, seconds });
  });
}

function findInstance(main: Cloud, regionName: string, address: string): Instance | undefined {
  for (const cloud of [main, ...main.others.values()]) {
    const region = cloud.regions.get(regionName);
    const found = [...(region?.instances.values() ?? [])].find(
      (each) => addresses(cloud, each).inner === address && instanceState(cloud, each) === "running",
    );
    if (found) return found;
  }
  return undefined;
}

interface Target {
  readonly address: string;
  readonly port: number;
  readonly seconds: number;
}

/** Connects a tunnel to a port, until its time is over. */
function forward(socket: MessageSocket, { address, port, seconds }: Target): void {
  const connection = createConnection({ host: address, port, noDelay: true });
  const end = (code: number) => {
    clearTimeout(timer);
    connection.destroy();
    socket.close(code);
  };
  const timer = setTimeout(() => end(GOING_AWAY), seconds * 1000);
  timer.unref();
  connection.on("data", (bytes: Buffer) => socket.send(bytes));
  connection.once("end", () => end(1000));
  connection.once("error", () => end(UNREACHABLE));
  socket.onMessage((bytes) => {
    if (connection.write(bytes)) return;
    socket.setReading(false);
    connection.once("drain", () => socket.setReading(true));
  });
  socket.onClose(() => end(1000));
}
