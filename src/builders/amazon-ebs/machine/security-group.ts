import { toFilters } from "../../../aws/filters.js";
import {
  authorizeIngress,
  createSecurityGroup,
  securityGroups as findSecurityGroups,
} from "../../../aws/security-group.js";
import type { ResourceTags } from "../../../aws/tags.js";
import { acquire } from "../../../cleanup/acquire.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import { runStep } from "../../step.js";
import { type Bake, inRegion } from "../bake.js";
import type { Network } from "../look/network.js";
import { allFilters } from "../options/shared.js";

/** Whether the bake makes a security group of its own. */
export function needsOwnGroup(bake: Bake): boolean {
  const { options } = bake;
  return !options.security_group_id && options.security_group_ids.length === 0 && !options.security_group_filter;
}

/** Who may reach the instance by SSH, and whether that is the caller's own address, which may change. */
export interface Ingress {
  readonly cidrs: readonly string[];
  readonly ofCaller: boolean;
}

/**
 * The addresses that may reach the instance by SSH: the template's, else those of the run's settings, else the caller's own
 * (/32 or /128). Asked before anything is created; where it cannot be known the bake stops. It never opens to everyone by itself.
 */
export async function chooseIngress(bake: Bake): Promise<Ingress> {
  const { options, context } = bake;
  if (!needsOwnGroup(bake) || options.communicator === "none") return { cidrs: [], ofCaller: false };
  const given = [options.temporary_security_group_source_cidrs, context.settings.sshSourceCidrs];
  const cidrs = given.find((list) => list.length > 0);
  return cidrs ? { cidrs, ofCaller: false } : { cidrs: [await callerCidr(bake)], ofCaller: true };
}

async function callerCidr(bake: Bake): Promise<string> {
  const { context } = bake;
  try {
    const address = await context.callerAddress();
    return `${address}/${address.includes(":") ? 128 : 32}`;
  } catch (cause) {
    if (context.signal.aborted) throw cause;
    throw new BakeError(`the address that this machine is seen from is not known: ${messageOf(cause)}`, {
      code: "caller-address-unknown",
      cause,
      hint:
        "Nothing was created. Say who may reach the instance by SSH: the input or flag ssh-source-cidrs, " +
        "temporary_security_group_source_cidrs in the template, or a security_group_id.",
    });
  }
}

/** The groups of an instance. */
export interface Groups {
  readonly ids: readonly string[];
  /** Lets the caller in again when its address has changed; undefined where the template says who may come in. */
  readonly followCaller: (() => Promise<void>) | undefined;
}

/** The groups that the instance is launched into: the template's, or a temporary one with ingress for the chosen addresses alone. */
export async function securityGroups(
  bake: Bake,
  network: Network,
  ingress: Ingress,
  tags: ResourceTags,
): Promise<Groups> {
  const { options } = bake;
  return runStep(bake.context, "security-group", "Preparing the security group", async () => {
    const given = (ids: readonly string[]) => ({ ids, followCaller: undefined });
    if (options.security_group_id) return given([options.security_group_id]);
    if (options.security_group_ids.length > 0) return given(options.security_group_ids);
    if (options.security_group_filter) return given(await filteredGroups(bake, options.security_group_filter, network));
    const id = await temporaryGroup(bake, network, ingress.cidrs, tags);
    return { ids: [id], followCaller: ingress.ofCaller ? callerFollower(bake, id, ingress.cidrs) : undefined };
  });
}

/** Runners behind several addresses may be seen from another one a minute later: then that one is let in too. */
function callerFollower(bake: Bake, groupId: string, known: readonly string[]): () => Promise<void> {
  const allowed = new Set(known);
  return async () => {
    const cidr = await callerCidr(bake);
    if (allowed.has(cidr)) return;
    allowed.add(cidr);
    bake.context.narrator.say(`This machine is now seen from ${cidr}: authorizing it too...`);
    await authorizeIngress(inRegion(bake), groupId, bake.options.ssh_port, [cidr]);
  };
}

type GroupFilter = NonNullable<Bake["options"]["security_group_filter"]>;

async function filteredGroups(bake: Bake, filter: GroupFilter, network: Network): Promise<readonly string[]> {
  const vpc = network.vpcId === undefined ? {} : { "vpc-id": network.vpcId };
  const found = await findSecurityGroups(inRegion(bake), toFilters({ ...allFilters(filter), ...vpc }));
  const ids = found.map((group) => group.id);
  bake.context.narrator.message(`Found Security Group(s): ${ids.join(", ")}`);
  if (ids.length > 0) return ids;
  throw new BakeError(`security_group_filter matches no group in ${bake.session.region}`, {
    code: "security-group-not-found",
    region: bake.session.region,
    hint: "Check the filters; groups of another VPC than the instance's are left out.",
  });
}

async function temporaryGroup(
  bake: Bake,
  network: Network,
  cidrs: readonly string[],
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
  if (cidrs.length > 0) {
    const port = options.ssh_port;
    narrator.say(`Authorizing access to port ${port} from [${cidrs.join(" ")}] in the temporary security groups...`);
    await authorizeIngress(inRegion(bake), id, port, cidrs);
  }
  return id;
}
