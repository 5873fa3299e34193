import { failedAs } from "../../../aws/client/errors.js";
import { type Filter, toFilters } from "../../../aws/filters.js";
import {
  type FoundSubnet,
  isDefaultVpc,
  mostFree,
  subnetById,
  subnets,
  vpcIds,
  zonesOffering,
} from "../../../aws/network.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import { runBuilderStep } from "../../step.js";
import { atOption, type Bake, inRegion } from "../bake.js";
import { allFilters } from "../options/shared.js";

/** Where the instance is launched; EC2 chooses what is undefined. */
export interface LaunchNetwork {
  readonly vpcId: string | undefined;
  readonly subnetId: string | undefined;
  readonly zone: string | undefined;
}

/** Chooses VPC, subnet and zone as the template says (Packer §3.1.3); it asks EC2 only for what the template leaves open. */
export async function chooseNetwork(bake: Bake): Promise<LaunchNetwork> {
  return runBuilderStep(bake.context, "network", "Choosing the network", async () => {
    const { options } = bake;
    const vpcId = options.vpc_id || (await atOption(bake, "vpc_filter", findVpc(bake)));
    const subnet = await chooseSubnet(bake, vpcId);
    if (subnet) return { vpcId: subnet.vpcId, subnetId: subnet.id, zone: subnet.zone };
    if (vpcId !== undefined && !(await isDefaultVpc(inRegion(bake), vpcId))) {
      throw new BakeError(`the VPC ${vpcId} is not the default one, and no subnet is given`, {
        code: "no-subnet",
        resource: vpcId,
        region: bake.session.region,
        hint: "Write subnet_id, or a subnet_filter.",
      });
    }
    return { vpcId, subnetId: undefined, zone: options.availability_zone || undefined };
  });
}

async function findVpc(bake: Bake): Promise<string | undefined> {
  const filter = bake.options.vpc_filter;
  if (!filter) return undefined;
  const filters = allFilters(filter);
  const found = await vpcIds(inRegion(bake), toFilters(filters));
  const [only, second] = found;
  if (only !== undefined && second === undefined) {
    bake.context.narrator.message(`Found VPC ID: ${only}`);
    return only;
  }
  throw new BakeError(
    `vpc_filter matches ${found.length === 0 ? "no VPC" : `${found.length} VPCs (${found.slice(0, 3).join(", ")})`} in ${bake.session.region}`,
    { code: "vpc-not-found", hint: "Filter so that exactly one matches, or write vpc_id." },
  );
}

async function chooseSubnet(bake: Bake, vpcId: string | undefined): Promise<FoundSubnet | undefined> {
  const { options } = bake;
  if (options.subnet_id) return atOption(bake, "subnet_id", subnetById(inRegion(bake), options.subnet_id));
  if (options.subnet_filter) return atOption(bake, "subnet_filter", findSubnet(bake, options.subnet_filter, vpcId));
  if (options.associate_public_ip_address === undefined) return undefined;
  return inferSubnet(bake, vpcId);
}

type SubnetFilter = NonNullable<Bake["options"]["subnet_filter"]>;

async function findSubnet(bake: Bake, filter: SubnetFilter, vpcId: string | undefined): Promise<FoundSubnet> {
  const found = await subnets(inRegion(bake), [...toFilters(allFilters(filter)), ...subnetFilters(bake, vpcId)]);
  const subnet = selectSubnet(bake, filter, found);
  bake.context.narrator.message(`Found Subnet ID: ${subnet.id}`);
  return subnet;
}

function selectSubnet(bake: Bake, filter: SubnetFilter, found: readonly FoundSubnet[]): FoundSubnet {
  const any = found[Math.floor(bake.session.random() * found.length)];
  const one = filter.most_free ? mostFree(found) : filter.random ? any : found.length === 1 ? found[0] : undefined;
  if (one) return one;
  throw new BakeError(
    found.length === 0
      ? `subnet_filter matches no subnet in ${bake.session.region}`
      : `subnet_filter matches ${found.length} subnets (${found
          .slice(0, 3)
          .map((each) => each.id)
          .join(", ")}, …)`,
    {
      code: "subnet-not-found",
      region: bake.session.region,
      hint: "Filter so that exactly one matches, or write most_free: true or random: true.",
    },
  );
}

function subnetFilters(bake: Bake, vpcId: string | undefined): Filter[] {
  const zone = bake.options.availability_zone;
  return [
    { Name: "state", Values: ["available"] },
    ...(vpcId === undefined ? [] : [{ Name: "vpc-id", Values: [vpcId] }]),
    ...(zone ? [{ Name: "availability-zone", Values: [zone] }] : []),
  ];
}

/**
 * Returns the subnet for `associate_public_ip_address` without one: that with the most free addresses of the chosen or default VPC, in a
 * zone that offers the instance type. Where none can be found it warns, and EC2 chooses (Packer §3.1.2).
 */
async function inferSubnet(bake: Bake, vpcId: string | undefined): Promise<FoundSubnet | undefined> {
  const scope = inRegion(bake);
  const type = bake.options.instance_type || bake.options.spot_instance_types[0] || "";
  try {
    const vpc = vpcId ?? (await vpcIds(scope, [{ Name: "is-default", Values: ["true"] }]))[0];
    if (vpc === undefined) return warnOfNoSubnet(bake, "there is no default VPC");
    const [found, zones] = await Promise.all([subnets(scope, subnetFilters(bake, vpc)), zonesOffering(scope, type)]);
    const subnet = mostFree(found.filter((each) => zones.length === 0 || zones.includes(each.zone)));
    if (!subnet) return warnOfNoSubnet(bake, `no subnet of ${vpc} is in a zone that offers ${type}`);
    bake.context.narrator.message(`Found Subnet ID: ${subnet.id}`);
    return subnet;
  } catch (error) {
    if (failedAs(error, "denied")) return warnOfNoSubnet(bake, messageOf(error));
    throw error;
  }
}

function warnOfNoSubnet(bake: Bake, why: string): undefined {
  bake.context.narrator.warn({
    code: "no-subnet-for-public-ip",
    summary: `associate_public_ip_address has no effect, as no subnet could be chosen: ${why}`,
    hint: "Write subnet_id.",
  });
  return undefined;
}
