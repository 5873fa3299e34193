import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  GetInstanceProfileCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import type { ProbeResult } from "../core/poll.js";
import { failedAs, ifFound } from "./client/errors.js";
import type { CallScope } from "./client/session.js";
import { INTERVALS, LONGEST, waitFor } from "./client/wait.js";
import { type Mark, type ResourceTags, tagList } from "./tags.js";

export { IAM_PREFIX } from "./owned.js";

/** Whether an instance profile exists (IAM GetInstanceProfile). */
export async function hasInstanceProfile(scope: CallScope, name: string): Promise<boolean> {
  const iam = await scope.session.iam();
  const get = new GetInstanceProfileCommand({ InstanceProfileName: name });
  return (await ifFound(iam.send(get, scope.signal))) !== undefined;
}

/** Creates an empty instance profile; its id is its name. */
export async function createInstanceProfile(
  scope: CallScope,
  name: string,
  tags: ResourceTags,
  mark: Mark,
): Promise<string> {
  const iam = await scope.session.iam();
  const Tags = tagList({ ...tags, ...mark.tags });
  await orAlreadyThere(iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: name, Tags }), scope.signal));
  return name;
}

/** Creates a role that EC2 may assume; its id is its name. */
export async function createInstanceRole(
  scope: CallScope,
  name: string,
  tags: ResourceTags,
  mark: Mark,
): Promise<string> {
  const iam = await scope.session.iam();
  const domain = scope.region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: `ec2.${domain}` }, Action: "sts:AssumeRole" }],
  };
  await orAlreadyThere(
    iam.send(
      new CreateRoleCommand({
        RoleName: name,
        Description: "Temporary role of bake-ami",
        AssumeRolePolicyDocument: JSON.stringify(trust),
        Tags: tagList({ ...tags, ...mark.tags }),
      }),
      scope.signal,
    ),
  );
  return name;
}

/** Gives a role a policy of its own and puts it into the profile; both are waited for where IAM does not see them yet. */
export async function equipProfile(
  scope: CallScope,
  spec: { readonly profile: string; readonly role: string; readonly policy: unknown },
): Promise<void> {
  const iam = await scope.session.iam();
  const { profile, role } = spec;
  await waitFor(scope, {
    what: `role ${role} to appear`,
    resource: role,
    interval: INTERVALS.quick,
    longest: LONGEST.profile,
    probe: async (): Promise<ProbeResult<void>> => {
      const policy = { RoleName: role, PolicyName: role, PolicyDocument: JSON.stringify(spec.policy) };
      await iam.send(new PutRolePolicyCommand(policy), scope.signal);
      await addRole();
      return { state: "done", value: undefined };
    },
  });

  async function addRole(): Promise<void> {
    const member = new AddRoleToInstanceProfileCommand({ InstanceProfileName: profile, RoleName: role });
    try {
      await iam.send(member, scope.signal);
    } catch (error) {
      // A repeated call whose first answer was lost: a profile holds one role only.
      if (!(failedAs(error, "invalid") && error.awsCode.startsWith("LimitExceeded"))) throw error;
    }
  }
}

/** A repeated create call of a unique name whose first answer was lost is no failure. */
async function orAlreadyThere(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!failedAs(error, "duplicate")) throw error;
  }
}
