import { authorizeIngress, createSecurityGroup } from "../../../aws/security-group.js";
import type { ResourceTags } from "../../../aws/tags.js";
import { acquire } from "../../../cleanup/acquire.js";
import { runBuilderStep } from "../../step.js";
import { type Bake, inRegion } from "../bake.js";
import { callerCidr, type Ingress, routeCidr } from "../look/ingress.js";
import type { LaunchNetwork } from "../look/network.js";
import type { InstanceRoute } from "../look/route.js";
import { serverOf } from "../options/server.js";

/** The security groups that the instance is launched into. */
export interface LaunchGroups {
  readonly ids: readonly string[];
  /** True when one was created for this build: EC2 may not find it yet. */
  readonly temporary: boolean;
  /** Authorizes the caller's address again when it has changed; undefined when the template or the run sets the addresses. */
  readonly followCaller: (() => Promise<void>) | undefined;
  /** Authorizes the address that SSH to the instance's address comes from, where that is not the public one; undefined as above. */
  readonly admitRoute: ((address: string) => Promise<void>) | undefined;
}

/** Returns the security groups of the template (`groupIds`), or creates one with ingress only for the chosen addresses. */
export async function prepareSecurityGroups(
  bake: Bake,
  { network, admitted, groupIds: given }: Omit<InstanceRoute, "access">,
  tags: ResourceTags,
): Promise<LaunchGroups> {
  return runBuilderStep(bake.context, "security-group", "Preparing the security group", async () => {
    if (given) {
      bake.context.surroundings.debug(() => `Security groups of the template: ${given.join(", ")}`);
      return { ids: given, temporary: false, followCaller: undefined, admitRoute: undefined };
    }
    const id = await createTemporaryGroup(bake, network, admitted, tags);
    const follow = admitted.ofCaller ? followAddresses(bake, id, admitted.cidrs) : undefined;
    return { ids: [id], temporary: true, followCaller: follow?.caller, admitRoute: follow?.route };
  });
}

/**
 * Returns functions that authorize an address if it is new: the caller's (runners with several addresses can change theirs in minutes),
 * and that of the route to the instance (a runner in the VPC or behind a VPN).
 */
function followAddresses(bake: Bake, groupId: string, known: readonly string[]) {
  const { narrator } = bake.context;
  const allowed = new Set(known);
  const allow = async (cidr: string | undefined, text: string) => {
    if (cidr === undefined || allowed.has(cidr)) return;
    allowed.add(cidr);
    narrator.say(`${text}: authorizing ${cidr} too...`);
    await authorizeIngress(inRegion(bake), groupId, serverOf(bake.options).port, { cidrs: [cidr], groupIds: [] });
  };
  return {
    caller: async () => allow(await callerCidr(bake), "The runner's public IP address changed"),
    route: async (address: string) =>
      allow(
        await routeCidr(bake, address),
        `${serverOf(bake.options).protocol} to ${address} does not come from the runner's public IP address`,
      ),
  };
}

async function createTemporaryGroup(
  bake: Bake,
  network: LaunchNetwork,
  { cidrs, groupIds }: Ingress,
  tags: ResourceTags,
): Promise<string> {
  const { context, session, options } = bake;
  const { narrator } = context;
  const name = `packer_${context.surroundings.ids.uuid()}`;
  narrator.say(`Creating temporary security group for this instance: ${name}`);
  const { id } = await acquire({
    context,
    session,
    kind: "security-group",
    region: session.region,
    name,
    create: (stamp) =>
      createSecurityGroup(
        inRegion(bake),
        { name, description: "Temporary group of bake-ami", vpcId: network.vpcId, tags },
        stamp,
      ),
  });
  const sources = [...cidrs, ...groupIds];
  if (sources.length > 0) {
    const { port } = serverOf(options);
    narrator.say(`Authorizing access to port ${port} from [${sources.join(" ")}] in the temporary security groups...`);
    await authorizeIngress(inRegion(bake), id, port, { cidrs, groupIds });
  }
  return id;
}
