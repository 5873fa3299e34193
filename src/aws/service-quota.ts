import { DescribeInstancesCommand } from "@aws-sdk/client-ec2";
import { ifFound } from "./client/errors.js";
import { PAGE_SIZE, readPages } from "./client/pages.js";
import type { CallScope } from "./client/session.js";

/** A quota of EC2 on the vCPUs of running instances, by the families that share it. */
export interface VcpuQuota {
  readonly code: string;
  /** As Service Quotas names it: `Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances`. */
  readonly name: string;
  readonly families: RegExp;
}

/** Letters at the beginning of instance families, and the codes of their quotas: On-Demand, Spot (EC2 User Guide, "Amazon EC2 instance type quotas"). */
const QUOTAS: readonly (readonly [letters: string, onDemand: string, spot: string, name: string])[] = [
  ["inf", "L-1945791B", "L-B5D1601B", "Inf"],
  ["trn", "L-2C3B7624", "L-6B0D517C", "Trn"],
  ["dl", "L-6E869C2A", "L-85EED4F7", "DL"],
  ["g|vt", "L-DB2E81BA", "L-3819A6DF", "G and VT"],
  ["f", "L-74FC7D96", "L-88CF9481", "F"],
  ["p", "L-417A185B", "L-7212CCBC", "P"],
  ["x", "L-7295265B", "L-E3A00192", "X"],
  ["[acdhimrtz]|is|im", "L-1216C47A", "L-34B43A08", "Standard (A, C, D, H, I, M, R, T, Z)"],
];

/** Returns the quota of an instance type; undefined for families whose quota is not of vCPUs or not listed here, such as `mac` and `u`. */
export function quotaOfType(type: string, spot: boolean): VcpuQuota | undefined {
  for (const [letters, onDemand, ofSpot, name] of QUOTAS) {
    const families = new RegExp(`^(${letters})\\d`);
    if (!families.test(type)) continue;
    return spot
      ? { code: ofSpot, name: `All ${name} Spot Instance Requests`, families }
      : { code: onDemand, name: `Running On-Demand ${name} instances`, families };
  }
  return undefined;
}

/** Returns the value of a quota of EC2 (Service Quotas GetServiceQuota); undefined if the service does not have it. Rejects with an `AwsError`. */
export async function readQuota(scope: CallScope, code: string): Promise<number | undefined> {
  const quotas = await scope.session.json("servicequotas", scope.region);
  const call = quotas.call("GetServiceQuota", { ServiceCode: "ec2", QuotaCode: code }, scope.signal);
  const found = (await ifFound(call))?.Quota;
  const value = typeof found === "object" && found !== null && "Value" in found ? found.Value : undefined;
  return typeof value === "number" ? value : undefined;
}

/** Returns the vCPUs of the account's pending and running instances that count for a quota. */
export async function countUsedVcpus(scope: CallScope, { families }: VcpuQuota, spot: boolean): Promise<number> {
  const ec2 = await scope.session.ec2(scope.region);
  const Filters = [{ Name: "instance-state-name", Values: ["pending", "running"] }];
  const found = await readPages(
    (NextToken) => ec2.send(new DescribeInstancesCommand({ Filters, MaxResults: PAGE_SIZE, NextToken }), scope.signal),
    ({ Reservations }) => Reservations?.flatMap(({ Instances }) => Instances ?? []),
  );
  return found
    .filter((each) => families.test(each.InstanceType ?? "") && (each.InstanceLifecycle === "spot") === spot)
    .reduce((sum, { CpuOptions: cpus }) => sum + (cpus?.CoreCount ?? 0) * (cpus?.ThreadsPerCore ?? 1), 0);
}
