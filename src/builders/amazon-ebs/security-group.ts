import { toFilters } from "../../aws/filters.js";
import { authorizeIngress, createSecurityGroup, securityGroups } from "../../aws/security-group.js";
import type { Tags } from "../../aws/tags.js";
import { acquire } from "../../cleanup/acquire.js";
import { BakeError, messageOf } from "../../core/errors.js";
import { allFilters } from "./filters.js";
import type { Network } from "./network.js";
import { type Bake, inRegion, step } from "./step.js";

/** Whether the bake makes a security group of its own. */
export function needsOwnGroup(bake: Bake): boolean {
  const { options } = bake;
  return !options.security_group_id && options.security_group_ids.length === 0 && !options.security_group_filter;
}

/**
 * The addresses that may reach the instance by SSH: the template's, else those of the run's settings, else the caller's own
 * (/32 or /128). Asked before anything is created; where it cannot be known the bake stops. It never opens to everyone by itself.
 */
export async function ingressCidrs(bake: Bake): Promise<readonly string[]> {
  const { options, context } = bake;
  if (!needsOwnGroup(bake) || options.communicator === "none") return [];
  if (options.temporary_security_group_source_cidrs.length > 0) return options.temporary_security_group_source_cidrs;
  if (context.settings.sshSourceCidrs.length > 0) return context.settings.sshSourceCidrs;
  let address: string;
  try {
    address = await context.callerAddress();
  } catch (cause) {
    if (context.signal.aborted) throw cause;
    throw new BakeError(`the address that this machine is seen from is not known: ${messageOf(cause)}`, {
      code: "caller-address-unknown",
      blame: "user",
      cause,
      hint:
        "Nothing was created. Say who may reach the instance by SSH: the input or flag ssh-source-cidrs, " +
        "temporary_security_group_source_cidrs in the template, or a security_group_id.",
    });
  }
  return [`${address}/${address.includes(":") ? 128 : 32}`];
}

/** The groups that the instance is launched into: the template's, or a temporary one with ingress for `cidrs` alone. */
export async function securityGroupIds(
  bake: Bake,
  network: Network,
  cidrs: readonly string[],
  tags: Tags,
): Promise<readonly string[]> {
  const { options } = bake;
  return step(bake, "security-group", "Preparing the security group", async () => {
    if (options.security_group_id) return [options.security_group_id];
    if (options.security_group_ids.length > 0) return options.security_group_ids;
    if (options.security_group_filter) return filteredGroups(bake, options.security_group_filter, network);
    return [await temporaryGroup(bake, network, cidrs, tags)];
  });
}

type GroupFilter = NonNullable<Bake["options"]["security_group_filter"]>;

async function filteredGroups(bake: Bake, filter: GroupFilter, network: Network): Promise<readonly string[]> {
  const vpc = network.vpcId === undefined ? {} : { "vpc-id": network.vpcId };
  const found = await securityGroups(inRegion(bake), toFilters({ ...allFilters(filter), ...vpc }));
  const ids = found.map((group) => group.id);
  bake.context.narrator.message(`Found Security Group(s): ${ids.join(", ")}`);
  if (ids.length > 0) return ids;
  throw new BakeError(`security_group_filter matches no group in ${bake.session.region}`, {
    code: "security-group-not-found",
    blame: "user",
    region: bake.session.region,
    hint: "Check the filters; groups of another VPC than the instance's are left out.",
  });
}

async function temporaryGroup(bake: Bake, network: Network, cidrs: readonly string[], tags: Tags): Promise<string> {
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
  if (cidrs.length > 0) {
    const port = options.ssh_port;
    narrator.say(`Authorizing access to port ${port} from [${cidrs.join(" ")}] in the temporary security groups...`);
    await authorizeIngress(inRegion(bake), id, port, cidrs);
  }
  return id;
}
