import type { ApiCall } from "../../call.js";
import type { Cloud, Region } from "../../cloud.js";
import type { Instance } from "../../ec2/model.js";
import { instanceState } from "../../ec2/states.js";
import { parsePolicy } from "../../iam/policies/document.js";
import { decide } from "../../iam/policies/evaluate.js";

/** What the agent must be allowed to do (Systems Manager User Guide, "Add Session Manager permissions to an existing IAM role"). */
const NEEDED = "ssmmessages:CreateControlChannel";

/** AWS's managed policies that allow it. */
const MANAGED =
  /\/(?:AmazonSSMManagedInstanceCore|AmazonSSMManagedEC2InstanceDefaultPolicy|AmazonEC2RoleforSSM|AdministratorAccess)$/;

/** Returns whether the agent of an instance is connected: some time after boot, if the instance's role allows it. */
export function isAgentOnline(cloud: Cloud, instance: Instance): boolean {
  const { time } = cloud;
  if (instanceState(cloud, instance) !== "running" || !isAllowed(cloud, instance)) return false;
  const bootedAt = Math.max(instance.phase.at + time.of("launch"), instance.rebootedAt);
  return time.now() >= bootedAt + time.of("agent");
}

/** Returns the instances of the call's Region with a connected agent. */
export function onlineInstances({ cloud, region }: Pick<ApiCall, "cloud" | "region">): readonly Instance[] {
  return [...region.instances.values()].filter((instance) => isAgentOnline(cloud, instance));
}

/** Without a profile, the role of default host management applies. */
function isAllowed(cloud: Cloud, { id, profile }: Instance): boolean {
  if (!profile) return regionOfInstance(cloud, id)?.network.managementRole !== undefined;
  const found = [...cloud.profiles.values()].find(({ arn }) => arn === profile.arn);
  const role = cloud.roles.get(found?.roleName ?? "");
  if (!role) return false;
  return [...role.attached].some((arn) => MANAGED.test(arn)) || allowsChannel([...role.policies.values()]);
}

function regionOfInstance(cloud: Cloud, id: string): Region | undefined {
  return [...cloud.regions.values()].find(({ instances }) => instances.has(id));
}

function allowsChannel(policies: readonly string[]): boolean {
  const identity = policies.map(parsePolicy);
  const caller = { identity, boundary: undefined, session: undefined };
  return decide(caller, { action: NEEDED, resource: "*", keys: new Map() }).isAllowed;
}
