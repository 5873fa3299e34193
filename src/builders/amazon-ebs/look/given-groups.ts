import { toFilters } from "../../../aws/filters.js";
import { describeSecurityGroups } from "../../../aws/security-group.js";
import { BakeError } from "../../../core/errors.js";
import { atOption, type BakeReading, inRegion } from "../bake.js";
import { allFilters } from "../options/shared.js";
import type { LaunchNetwork } from "./network.js";

/** Returns the security groups that the template sets or finds by a filter; undefined where the bake creates one. */
export async function findGivenGroups(
  bake: BakeReading,
  network: LaunchNetwork,
): Promise<readonly string[] | undefined> {
  const { options } = bake;
  if (options.security_group_id) return [options.security_group_id];
  if (options.security_group_ids.length > 0) return options.security_group_ids;
  const filter = options.security_group_filter;
  return filter && atOption(bake, "security_group_filter", findGroups(bake, filter, network));
}

type GroupFilter = NonNullable<BakeReading["options"]["security_group_filter"]>;

async function findGroups(bake: BakeReading, filter: GroupFilter, network: LaunchNetwork): Promise<readonly string[]> {
  const vpc = network.vpcId === undefined ? {} : { "vpc-id": network.vpcId };
  const found = await describeSecurityGroups(inRegion(bake), toFilters({ ...allFilters(filter), ...vpc }));
  const ids = found.map((group) => group.id);
  bake.context.narrator.message(`Found Security Group(s): ${ids.join(", ")}`);
  if (ids.length > 0) return ids;
  throw new BakeError(`"security_group_filter" matches no security group in ${bake.session.region}`, {
    code: "security-group-not-found",
    region: bake.session.region,
    hint: "Check the filters. Only security groups in the instance's VPC match.",
  });
}
