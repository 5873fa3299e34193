import { DescribeInstanceConnectEndpointsCommand, type Ec2InstanceConnectEndpoint } from "@aws-sdk/client-ec2";
import { readPages } from "./client/pages.js";
import type { CallScope } from "./client/session.js";

/** An EC2 Instance Connect Endpoint: a way into a VPC. */
export interface ConnectEndpoint {
  readonly id: string;
  readonly state: string;
  readonly dnsName: string;
  readonly vpcId: string;
  readonly subnetId: string;
  /** Security groups that its connections come from. */
  readonly groupIds: readonly string[];
  /** Whether its connections come from the client's own address. */
  readonly keepsClientAddress: boolean;
}

/** Returns the endpoint with an ID, or all of a VPC. An endpoint that does not exist is left out. */
export async function describeConnectEndpoints(
  scope: CallScope,
  which: { readonly id: string } | { readonly vpcId: string },
): Promise<readonly ConnectEndpoint[]> {
  const ec2 = await scope.session.ec2(scope.region);
  const filter =
    "id" in which
      ? { Name: "instance-connect-endpoint-id", Values: [which.id] }
      : { Name: "vpc-id", Values: [which.vpcId] };
  const found = await readPages(
    (NextToken) =>
      ec2.send(new DescribeInstanceConnectEndpointsCommand({ Filters: [filter], NextToken }), scope.signal),
    ({ InstanceConnectEndpoints }) => InstanceConnectEndpoints,
  );
  return found.map(toEndpoint);
}

function toEndpoint(endpoint: Ec2InstanceConnectEndpoint): ConnectEndpoint {
  return {
    id: endpoint.InstanceConnectEndpointId ?? "",
    state: endpoint.State ?? "",
    dnsName: endpoint.DnsName ?? "",
    vpcId: endpoint.VpcId ?? "",
    subnetId: endpoint.SubnetId ?? "",
    groupIds: endpoint.SecurityGroupIds ?? [],
    keepsClientAddress: endpoint.PreserveClientIp ?? false,
  };
}

/** A public key for a user of an instance. */
export interface KeyToSend {
  readonly instanceId: string;
  readonly user: string;
  /** In OpenSSH format: RSA with 2048 or 4096 bits, or ed25519. */
  readonly publicKey: string;
}

/**
 * Sends a public key that the instance accepts for 60 seconds (SendSSHPublicKey of the EC2 Instance Connect API). A repeated call changes
 * nothing. Rejects with an `AwsError`: `not-found` and `pending-state` for an instance that does not run yet.
 */
export async function sendPublicKey(scope: CallScope, { instanceId, user, publicKey }: KeyToSend): Promise<void> {
  const connect = await scope.session.json("ec2-instance-connect", scope.region);
  const input = { InstanceId: instanceId, InstanceOSUser: user, SSHPublicKey: publicKey };
  await connect.call("SendSSHPublicKey", input, scope.signal);
}
