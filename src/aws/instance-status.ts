import { DescribeInstanceStatusCommand, type InstanceStatus, type InstanceStatusSummary } from "@aws-sdk/client-ec2";
import type { ProbeResult } from "../core/poll.js";
import { ifFound } from "./client/errors.js";
import type { CallScope } from "./client/session.js";
import { waitFor } from "./client/wait.js";

/** Time between two reads of the status checks in milliseconds: EC2 runs them once a minute. */
const INTERVAL = { first: 1000, max: 5000 };

/** How the status checks of an instance ended. */
export type StatusChecks =
  | { readonly outcome: "ok" }
  /** `of` is the check: of the `instance` (its operating system), or of the `system` (the host and its volumes, which are of AWS). */
  | { readonly outcome: "impaired"; readonly of: "instance" | "system"; readonly text: string }
  /** The instance no longer runs. */
  | { readonly outcome: "ended"; readonly state: string };

/**
 * Waits until EC2 has passed both status checks of a running instance (EC2 User Guide, "Status checks for Amazon EC2 instances"), one is
 * impaired, or the instance no longer runs. The wait itself has no end: the signal of the scope limits it.
 */
export async function waitForStatusChecks(scope: CallScope, id: string): Promise<StatusChecks> {
  return waitFor<StatusChecks>(scope, {
    what: `the status checks of ${id}`,
    resource: id,
    interval: INTERVAL,
    longest: undefined,
    probe: async () => {
      const status = await describeStatus(scope, id);
      return status ? verdict(status) : { state: "waiting" };
    },
  });
}

async function describeStatus(scope: CallScope, id: string): Promise<InstanceStatus | undefined> {
  const ec2 = await scope.session.ec2(scope.region);
  const command = new DescribeInstanceStatusCommand({ InstanceIds: [id], IncludeAllInstances: true });
  return (await ifFound(ec2.send(command, scope.signal)))?.InstanceStatuses?.[0];
}

/** States of an instance that no longer runs, or soon will not. */
const ENDED = new Set(["stopping", "stopped", "shutting-down", "terminated"]);

function verdict(status: InstanceStatus): ProbeResult<StatusChecks> {
  const state = status.InstanceState?.Name ?? "";
  if (ENDED.has(state)) return { state: "done", value: { outcome: "ended", state } };
  const checks = [
    { of: "system", name: "system", check: status.SystemStatus },
    { of: "system", name: "attached EBS", check: status.AttachedEbsStatus },
    { of: "instance", name: "instance", check: status.InstanceStatus },
  ] as const;
  for (const { of, name, check } of checks) {
    if (check?.Status !== "impaired") continue;
    return { state: "done", value: { outcome: "impaired", of, text: impairedText(name, check) } };
  }
  const both = [status.SystemStatus?.Status, status.InstanceStatus?.Status];
  if (both.every((each) => each === "ok")) return { state: "done", value: { outcome: "ok" } };
  const text = `system ${both[0] ?? "unknown"}, instance ${both[1] ?? "unknown"}`;
  return { state: "waiting", progress: { text } };
}

/** Returns the details of an impaired check: `the instance status check is impaired: reachability failed since 2026-11-30T12:00:00.000Z`. */
function impairedText(name: string, { Details: details = [] }: InstanceStatusSummary): string {
  const failed = details
    .filter(({ Status: status }) => status === "failed")
    .map(({ Name, Status, ImpairedSince: since }) =>
      [Name, Status, ...(since ? [`since ${since.toISOString()}`] : [])].join(" "),
    );
  return `the ${name} status check is impaired${failed.length > 0 ? `: ${failed.join(", ")}` : ""}`;
}
