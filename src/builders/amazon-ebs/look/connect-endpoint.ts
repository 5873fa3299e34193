import { type ConnectEndpoint, describeConnectEndpoints } from "../../../aws/instance-connect.js";
import { describeVpcIds } from "../../../aws/network.js";
import { BakeError } from "../../../core/errors.js";
import { type BakeReading, inRegion } from "../bake.js";
import type { LaunchNetwork } from "./network.js";

/** States in which an endpoint accepts connections (EC2, DescribeInstanceConnectEndpoints). */
const USABLE = /^(?:create-complete|update-)/;

const isUsable = ({ state }: ConnectEndpoint) => USABLE.test(state);

/** Returns the endpoint in a subnet that accepts connections, else another one; undefined if none does. */
export function nearestEndpoint(
  found: readonly ConnectEndpoint[],
  subnetId: string | undefined,
): ConnectEndpoint | undefined {
  const usable = found.filter(isUsable);
  return usable.find((each) => each.subnetId === subnetId) ?? usable[0];
}

/** The endpoint to connect through, or why there is none, as a clause. */
export interface EndpointSearch {
  readonly usable: ConnectEndpoint | undefined;
  readonly missing: string;
}

/**
 * Reads the EC2 Instance Connect Endpoint to connect through: that of `instance_connect_endpoint_id`, else the one in the subnet, else one
 * of the VPC.
 */
export async function findEndpoint(
  bake: BakeReading,
  { vpcId = "", subnetId }: Pick<LaunchNetwork, "vpcId" | "subnetId">,
): Promise<EndpointSearch> {
  const { context, options } = bake;
  const id = options.instance_connect_endpoint_id;
  const found = await describeConnectEndpoints(inRegion(bake), id ? { id } : { vpcId });
  const usable = found.filter(isUsable);
  const chosen = nearestEndpoint(found, subnetId);
  if (chosen) context.surroundings.debug(() => `Endpoint ${chosen.id} in ${chosen.subnetId}, out of ${usable.length}`);
  const states = found.map((each) => `${each.id} is in the state "${each.state}"`).join(", ");
  const named = id ? `EC2 Instance Connect Endpoint "${id}"` : `an EC2 Instance Connect Endpoint of ${vpcId}`;
  const missing = `${named} ${found.length === 0 ? "does not exist" : "cannot be used"}${states ? `: ${states}` : ""}`;
  return { usable: chosen, missing };
}

/**
 * Returns the endpoint of a template that sets `ssh_interface` to connect through one; undefined for another template. Throws a `BakeError`
 * (`no-connect-endpoint`) before anything is created.
 */
export async function chooseEndpoint(bake: BakeReading, network: LaunchNetwork): Promise<ConnectEndpoint | undefined> {
  const { context, options, session } = bake;
  if (options.ssh_interface !== "instance_connect_endpoint") return undefined;
  const id = options.instance_connect_endpoint_id;
  const vpcId = network.vpcId ?? (id ? "" : await defaultVpcId(bake));
  const { usable, missing } = await findEndpoint(bake, { ...network, vpcId });
  if (usable) return usable;
  throw new BakeError(missing.replace(/^an/, "An"), {
    code: "no-connect-endpoint",
    resource: id || vpcId,
    region: session.region,
    range: context.place(id ? "instance_connect_endpoint_id" : "ssh_interface"),
    hint: "Create an endpoint in the VPC (aws ec2 create-instance-connect-endpoint --subnet-id SUBNET), which takes some minutes and costs nothing. Nothing was created.",
  });
}

async function defaultVpcId(bake: BakeReading): Promise<string> {
  const [id = ""] = await describeVpcIds(inRegion(bake), [{ Name: "is-default", Values: ["true"] }]);
  return id;
}
