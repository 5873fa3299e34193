import { failedAs } from "../../../aws/client/errors.js";
import { type Filter, toFilters } from "../../../aws/filters.js";
import {
  describeSubnet,
  describeSubnets,
  describeVpcIds,
  describeZonesOffering,
  type FoundSubnet,
  isAvailabilityZone,
  isDefaultVpc,
  sortByFreeAddresses,
} from "../../../aws/network.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import { runBuilderStep } from "../../step.js";
import { atOption, type BakeReading, inRegion } from "../bake.js";
import { allFilters } from "../options/shared.js";

/** Where the instance is launched. EC2 chooses what is undefined. */
export interface LaunchNetwork {
  readonly vpcId: string | undefined;
  readonly subnetId: string | undefined;
  /** The subnet with the id. */
  readonly subnet: FoundSubnet | undefined;
  readonly zone: string | undefined;
  /** Other subnets of the VPC that the template allows, in order: for a launch when the first has no capacity. */
  readonly alternatives: readonly FoundSubnet[];
}

/** Chooses VPC, subnet and zone by the template (Packer §3.1.3). It calls EC2 only for what the template does not set. */
export async function chooseNetwork(bake: BakeReading): Promise<LaunchNetwork> {
  return runBuilderStep(bake.context, "network", "Choosing the network", async () => {
    const { options } = bake;
    const { debug } = bake.context.surroundings;
    const vpcId = options.vpc_id || (await atOption(bake, "vpc_filter", findVpc(bake)));
    const [subnet, ...others] = await chooseSubnets(bake, vpcId);
    if (subnet) {
      debug(() => `Subnet ${subnet.id} (${subnet.vpcId}, zone ${subnet.zone}): ${whySubnet(bake)}`);
      const alternatives = others.filter((other) => other.vpcId === subnet.vpcId);
      return { vpcId: subnet.vpcId, subnetId: subnet.id, subnet, zone: subnet.zone, alternatives };
    }
    if (vpcId !== undefined && !(await isDefaultVpc(inRegion(bake), vpcId))) {
      throw new BakeError(`VPC ${vpcId} is not the default VPC, and no subnet is set`, {
        code: "no-subnet",
        resource: vpcId,
        region: bake.session.region,
        hint: 'Set "subnet_id" or "subnet_filter".',
      });
    }
    const zone = options.availability_zone || undefined;
    debug(() => `No subnet is set: EC2 chooses it in ${zone ?? "any zone"} of ${vpcId ?? "the default VPC"}`);
    return { vpcId, subnetId: undefined, subnet: undefined, zone, alternatives: [] };
  });
}

/** Returns why the subnet was chosen, for the debug log. */
function whySubnet({ options }: BakeReading): string {
  if (options.subnet_id) return '"subnet_id" is set';
  const { subnet_filter: filter } = options;
  if (!filter) return '"associate_public_ip_address" is set, and it has the most free addresses';
  if (filter.most_free) return 'it matches "subnet_filter" and has the most free addresses';
  return filter.random ? 'it is a random one that matches "subnet_filter"' : 'only it matches "subnet_filter"';
}

/** Returns the subnets and their free addresses, for the debug log. */
function subnetsText(found: readonly FoundSubnet[]): string {
  return found.map(({ id, zone, freeAddresses }) => `${id} (${zone}, ${freeAddresses} free)`).join(", ") || "none";
}

async function findVpc(bake: BakeReading): Promise<string | undefined> {
  const filter = bake.options.vpc_filter;
  if (!filter) return undefined;
  const filters = allFilters(filter);
  const found = await describeVpcIds(inRegion(bake), toFilters(filters));
  const [only, second] = found;
  if (only !== undefined && second === undefined) {
    bake.context.narrator.message(`Found VPC ID: ${only}`);
    return only;
  }
  throw new BakeError(
    `"vpc_filter" matches ${found.length === 0 ? "no VPC" : `${found.length} VPCs (${found.slice(0, 3).join(", ")})`} in ${bake.session.region}`,
    { code: "vpc-not-found", hint: 'Change the filters so that exactly one VPC matches, or set "vpc_id".' },
  );
}

/** Returns the subnets to launch in, the preferred one first; empty if EC2 chooses. */
async function chooseSubnets(bake: BakeReading, vpcId: string | undefined): Promise<readonly FoundSubnet[]> {
  const { options } = bake;
  if (options.subnet_id) return [await atOption(bake, "subnet_id", describeSubnet(inRegion(bake), options.subnet_id))];
  if (options.subnet_filter) return atOption(bake, "subnet_filter", findSubnets(bake, options.subnet_filter, vpcId));
  if (options.associate_public_ip_address === undefined) return [];
  return inferSubnets(bake, vpcId);
}

type SubnetFilter = NonNullable<BakeReading["options"]["subnet_filter"]>;

async function findSubnets(
  bake: BakeReading,
  filter: SubnetFilter,
  vpcId: string | undefined,
): Promise<readonly FoundSubnet[]> {
  const filters = [...toFilters(allFilters(filter)), ...subnetFilters(bake, vpcId)];
  const matching = await describeSubnets(inRegion(bake), filters);
  bake.context.surroundings.debug(() => `Subnets that match "subnet_filter": ${subnetsText(matching)}`);
  const found = orderSubnets(bake, filter, matching);
  bake.context.narrator.message(`Found Subnet ID: ${found[0]?.id}`);
  return found;
}

/** Returns the subnets in the order of `most_free` or `random`. Throws unless exactly one subnet matches or one of both is set. */
function orderSubnets(bake: BakeReading, filter: SubnetFilter, found: readonly FoundSubnet[]): readonly FoundSubnet[] {
  if (found.length === 1 || (found.length > 0 && filter.most_free)) return sortByFreeAddresses(found);
  if (found.length > 0 && filter.random) return shuffle(found, bake.session.random);
  throw new BakeError(
    found.length === 0
      ? `"subnet_filter" matches no subnet in ${bake.session.region}`
      : `"subnet_filter" matches ${found.length} subnets (${found
          .slice(0, 3)
          .map((each) => each.id)
          .join(", ")}, …)`,
    {
      code: "subnet-not-found",
      region: bake.session.region,
      hint: 'Change the filters so that exactly one subnet matches, or set "most_free" or "random" to true.',
    },
  );
}

function shuffle<T>(list: readonly T[], random: () => number): readonly T[] {
  return list
    .map((value) => ({ value, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);
}

/** Returns the filters of available subnets, in the VPC and the zone of the template. */
export function subnetFilters(bake: BakeReading, vpcId: string | undefined): Filter[] {
  const zone = bake.options.availability_zone;
  return [
    { Name: "state", Values: ["available"] },
    ...(vpcId === undefined ? [] : [{ Name: "vpc-id", Values: [vpcId] }]),
    ...(zone ? [{ Name: "availability-zone", Values: [zone] }] : []),
  ];
}

/**
 * Returns the subnets for `associate_public_ip_address` if the template sets none: those of the chosen or default VPC in Availability
 * Zones that offer the instance type, the one with the most free addresses first. If there is none it warns, and EC2 chooses
 * (Packer §3.1.2).
 */
async function inferSubnets(bake: BakeReading, vpcId: string | undefined): Promise<readonly FoundSubnet[]> {
  const scope = inRegion(bake);
  const type = bake.options.instance_type || bake.options.spot_instance_types[0] || "";
  try {
    const vpc = vpcId ?? (await describeVpcIds(scope, [{ Name: "is-default", Values: ["true"] }]))[0];
    if (vpc === undefined) return warnAboutSubnet(bake, "the account has no default VPC");
    const [found, zones] = await Promise.all([
      describeSubnets(scope, subnetFilters(bake, vpc)),
      describeZonesOffering(scope, type),
    ]);
    bake.context.surroundings.debug(
      () => `Subnets of ${vpc}: ${subnetsText(found)}; zones that offer ${type}: ${zones.join(", ") || "unknown"}`,
    );
    const isOffered = ({ zone }: FoundSubnet) =>
      zones.length === 0 ? isAvailabilityZone(scope.region, zone) : zones.includes(zone);
    const offered = sortByFreeAddresses(found.filter(isOffered));
    if (offered.length === 0) return warnAboutSubnet(bake, `no subnet of ${vpc} is in a zone that offers ${type}`);
    bake.context.narrator.message(`Found Subnet ID: ${offered[0]?.id}`);
    return offered;
  } catch (error) {
    if (failedAs(error, "denied")) return warnAboutSubnet(bake, messageOf(error));
    throw error;
  }
}

function warnAboutSubnet(bake: BakeReading, why: string): readonly FoundSubnet[] {
  bake.context.narrator.warn({
    code: "no-subnet-for-public-ip",
    summary: `"associate_public_ip_address" has no effect, because no subnet was found: ${why}`,
    hint: 'Set "subnet_id".',
  });
  return [];
}
