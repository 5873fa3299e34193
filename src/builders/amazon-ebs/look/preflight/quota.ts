import type { CallScope } from "../../../../aws/client/session.js";
import { describeVcpus } from "../../../../aws/instance-types.js";
import { countUsedVcpus, quotaOfType, readQuota, type VcpuQuota } from "../../../../aws/service-quota.js";
import type { Diagnostic } from "../../../../core/diagnostics.js";
import { messageOf } from "../../../../core/errors.js";
import type { BakeReading } from "../../bake.js";
import { instanceTypes } from "../../machine/launch-input.js";
import { isSpot } from "../../options/spot.js";
import { isPermission } from "./problems.js";

/** A quota above this number of vCPUs is large: then the account's instances, of which there can be thousands, are not counted. */
const COUNTED = 1000;

/**
 * Checks that the quota on vCPUs allows the instance: its first type, if another one could be launched instead as a warning. What runs in the
 * account can end before the launch, so this is never more than a warning where the quota itself is large enough.
 */
export async function checkQuota(bake: BakeReading, scope: CallScope): Promise<Diagnostic | undefined> {
  const { options, context } = bake;
  const [type = "", ...others] = instanceTypes(options);
  const spot = isSpot(options);
  const quota = quotaOfType(type, spot);
  if (quota === undefined) return undefined;
  const range = context.place(others.length > 0 || !options.instance_type ? "spot_instance_types" : "instance_type");
  try {
    const [limit, vcpus] = await Promise.all([readQuota(scope, quota.code), describeVcpus(scope, type)]);
    if (limit === undefined || vcpus === undefined) return undefined;
    if (vcpus > limit) {
      const severity = others.length > 0 || (spot && context.settings.spotFallback) ? "warning" : "error";
      return { ...tooSmall(scope.region, quota, { type, vcpus, limit }), severity, range };
    }
    const used = limit <= COUNTED ? await countUsedVcpus(scope, quota, spot) : 0;
    if (used + vcpus <= limit) return undefined;
    return { ...tooSmall(scope.region, quota, { type, vcpus, limit, used }), severity: "warning", range };
  } catch (error) {
    if (!isPermission(error)) throw error;
    return {
      severity: "warning",
      code: "quota-not-read",
      summary: `Could not check the vCPU quota in ${scope.region}: ${messageOf(error)}`,
      hint: "Allow servicequotas:GetServiceQuota, ec2:DescribeInstanceTypes and ec2:DescribeInstances to have it checked.",
    };
  }
}

interface Need {
  readonly type: string;
  readonly vcpus: number;
  readonly limit: number;
  readonly used?: number;
}

function tooSmall(region: string, { code, name }: VcpuQuota, { type, vcpus, limit, used }: Need) {
  const inUse = used === undefined ? "" : `, of which running instances use ${used}`;
  return {
    code: "vcpu-quota-too-small",
    summary: `Instance type "${type}" has ${vcpus} vCPUs, but the quota "${name}" in ${region} is ${limit}${inUse}`,
    hint:
      `Request a higher quota (${code}) at https://${region}.console.aws.amazon.com/servicequotas/home/services/ec2/quotas/${code}, ` +
      "set a smaller type or another family, or bake in another Region.",
  };
}
