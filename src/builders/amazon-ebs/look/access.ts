import { failedAs } from "../../../aws/client/errors.js";
import {
  describeInternetRoutes,
  describeSubnets,
  type FoundSubnet,
  findPublicInterface,
} from "../../../aws/network.js";
import { managesWithoutProfile } from "../../../aws/session-manager.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import { setting } from "../../../core/setting.js";
import { type BakeReading, inRegion } from "../bake.js";
import { ENDPOINT_PORTS } from "../options/network.js";
import type { AmazonEbsOptions } from "../options/schema.js";
import { serverOf } from "../options/server.js";
import {
  type AccessChoice,
  type AccessFacts,
  decideAccess,
  type InstanceAccess,
  interfaceOf,
  listed,
  type SubnetFacts,
} from "./access-choice.js";
import { chooseEndpoint, findEndpoint } from "./connect-endpoint.js";
import type { Ingress } from "./ingress.js";
import { type LaunchNetwork, subnetFilters } from "./network.js";

/** The options by which a template sets how to connect, by protocol. */
const OF_THE_TEMPLATE = {
  SSH: ["ssh_interface", "ssh_private_ip", "ssh_host", "ssh_bastion_host", "ssh_proxy_host"],
  WinRM: ["ssh_interface", "ssh_private_ip", "winrm_host"],
} as const satisfies Readonly<Record<string, readonly (keyof AmazonEbsOptions)[]>>;

/**
 * Returns how to connect to the instance: as the template sets it, or with `access: auto` as `decideAccess` chooses, which is printed.
 * `ingress` is of a connection to the public address. Throws a `BakeError` (`no-connect-endpoint`, `no-access`) before anything is created.
 */
export async function chooseAccess(
  bake: BakeReading,
  network: LaunchNetwork,
  ingress: Promise<Ingress>,
): Promise<InstanceAccess> {
  const { options, context } = bake;
  const set = OF_THE_TEMPLATE[serverOf(options).protocol].find((name) => Boolean(options[name]));
  if (context.settings.access === "template" || options.communicator === "none" || set) {
    if (set && context.settings.access === "auto")
      report(bake, { way: "as the template sets it", why: `"${set}" is set` });
    return {
      kind: interfaceOf(options),
      endpoint: await chooseEndpoint(bake, network),
      publicAddress: options.associate_public_ip_address,
    };
  }
  const facts = await readFacts(bake, network, ingress);
  context.surroundings.debug(() => `Access: ${JSON.stringify(facts)}`);
  const choice = decideAccess(facts);
  if ("reasons" in choice) throw noAccess(bake, network, choice.reasons);
  report(bake, choice);
  if (facts.asked && choice.publicAddress === false)
    context.narrator.message(
      'No public address is requested, because nothing could connect to it ("associate_public_ip_address")',
    );
  return choice;
}

/** Prints the choice, and records it for the report. */
function report({ context }: BakeReading, { way, why }: Pick<AccessChoice, "way" | "why">): void {
  context.narrator.emit({ type: "access", way, why });
  context.surroundings.debug(() => `Access: ${way}, because ${why}`);
}

/** Reads what the choice depends on, in parallel. What AWS denies to read is taken as missing, with the reason. */
async function readFacts(bake: BakeReading, network: LaunchNetwork, ingress: Promise<Ingress>): Promise<AccessFacts> {
  const found = await orDenied("the subnets", launchSubnets(bake, network));
  const vpcId = network.vpcId ?? (typeof found === "string" ? undefined : found[0]?.vpcId);
  const [subnets, callerUnknown, runnerInside, endpoint, agent] = await Promise.all([
    subnetFacts(bake, vpcId, found),
    ingress.then(
      () => undefined,
      (error) => unknownCaller(bake, error),
    ),
    findRunner(bake, vpcId),
    endpointFor(bake, { ...network, vpcId }),
    agentAccess(bake),
  ]);
  // Without a subnet, the option has no effect (see `chooseNetwork`).
  const asked = network.subnetId === undefined ? undefined : bake.options.associate_public_ip_address;
  return { subnets, asked, callerUnknown, runnerInside, endpoint, agent };
}

/** Returns the subnets that the instance may be launched in: those of the template, or those that EC2 chooses from. */
async function launchSubnets(
  bake: BakeReading,
  { subnet, alternatives, vpcId }: LaunchNetwork,
): Promise<readonly FoundSubnet[]> {
  if (subnet) return [subnet, ...alternatives];
  const isDefault = { Name: "default-for-az", Values: ["true"] };
  return describeSubnets(inRegion(bake), [isDefault, ...subnetFilters(bake, vpcId)]);
}

async function subnetFacts(
  bake: BakeReading,
  vpcId: string | undefined,
  found: readonly FoundSubnet[] | string,
): Promise<readonly SubnetFacts[] | string> {
  if (typeof found === "string") return found;
  if (vpcId === undefined) return "the account has no default VPC";
  const routes = await orDenied("the route tables", describeInternetRoutes(inRegion(bake), vpcId));
  if (typeof routes === "string") return routes;
  return found.map(({ id, givesPublicAddress, blockMode }) => ({
    id,
    givesPublicAddress,
    blockMode,
    hasInternetRoute: routes.has(id),
  }));
}

/** Rejects with other errors than that of an unknown address: the addresses of the runner are then not the problem. */
function unknownCaller({ context }: BakeReading, error: unknown): string {
  if (context.signal.aborted || !(error instanceof BakeError) || error.code !== "caller-address-unknown") throw error;
  return "the runner's public IP address is not known";
}

/** Returns why the runner is in the VPC: an interface of the VPC has its public address. Undefined if none has, or it is not known. */
async function findRunner(bake: BakeReading, vpcId: string | undefined): Promise<string | undefined> {
  const { context } = bake;
  // The address is not requested where the user sets the networks, for example on the local cloud.
  if (vpcId === undefined || context.settings.sshSourceCidrs.length > 0) return undefined;
  try {
    const address = await context.callerAddress();
    const id = await findPublicInterface(inRegion(bake), { vpcId, address });
    return id && `the runner is in ${vpcId}: ${id} has its public IP address`;
  } catch (error) {
    if (context.signal.aborted) throw error;
    context.surroundings.debug(() => `Whether the runner is in ${vpcId} is not known: ${messageOf(error)}`);
    return undefined;
  }
}

async function endpointFor(bake: BakeReading, network: LaunchNetwork): Promise<AccessFacts["endpoint"]> {
  const { port, protocol } = serverOf(bake.options);
  if (!ENDPOINT_PORTS.includes(port))
    return `an EC2 Instance Connect Endpoint does not connect to the port of ${protocol} (${port})`;
  if (network.vpcId === undefined) return "there is no VPC with an EC2 Instance Connect Endpoint";
  const found = await orDenied("the EC2 Instance Connect Endpoints", findEndpoint(bake, network));
  return typeof found === "string" ? found : (found.usable ?? found.missing);
}

/** Returns what allows the agent to connect. Without an instance profile, it is the default host management of the Region. */
async function agentAccess(bake: BakeReading): Promise<AccessFacts["agent"]> {
  const { options, session } = bake;
  if (options.iam_instance_profile) return { by: `"iam_instance_profile" is set` };
  if (options.temporary_iam_instance_profile_policy_document)
    return { by: `"temporary_iam_instance_profile_policy_document" is set` };
  const managed = await orDenied("the settings of Systems Manager", managesWithoutProfile(inRegion(bake)));
  if (typeof managed === "string") return { by: `${managed}, so the default host management is assumed to be on` };
  if (managed) return { by: `Systems Manager manages the instances of ${session.region} by default` };
  return "Session Manager needs an instance profile, which the template does not set";
}

/** Returns the result of reading, or a clause for what AWS denied to read. */
async function orDenied<T>(what: string, reading: Promise<T>): Promise<T | string> {
  try {
    return await reading;
  } catch (error) {
    if (failedAs(error, "denied")) return `AWS denied reading ${what} (${messageOf(error)})`;
    throw error;
  }
}

function noAccess(
  { context, session }: BakeReading,
  { vpcId, subnetId }: LaunchNetwork,
  reasons: readonly string[],
): BakeError {
  return new BakeError(`There is no way to connect to the instance: ${listed(reasons)}`, {
    code: "no-access",
    resource: subnetId ?? vpcId,
    region: session.region,
    range: context.range,
    hint:
      'Set "iam_instance_profile" to a profile whose role has the policy AmazonSSMManagedInstanceCore, create an EC2 Instance Connect ' +
      `Endpoint in the VPC, or choose a public subnet. To connect as the template sets it, set ${setting("access")} to "template". Nothing was created.`,
  });
}
