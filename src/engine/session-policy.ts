import { type PermissionScope, type PermissionStatement, partitionOf } from "../core/permissions.js";
import { AUTOMATIC_POLICY } from "../core/surroundings.js";
import type { EngineSetting } from "./api.js";

/**
 * Returns the setting with a session policy for what is done, if the session policy of its role is to be derived (`role-session-policy: auto`);
 * else the setting itself. Throws a `BakeError` when the policy does not fit into the limit of STS.
 */
export async function limitSession(
  setting: EngineSetting,
  derive: (scope: PermissionScope) => Promise<readonly PermissionStatement[]> | readonly PermissionStatement[],
): Promise<EngineSetting> {
  const { webIdentity, env, debug } = setting;
  if (webIdentity?.sessionPolicy !== AUTOMATIC_POLICY) return setting;
  const { sessionPolicy } = await import("../policy/shorten.js");
  const [, partition, account = "*"] = /^arn:([\w-]+):iam::(\d{12}):/.exec(webIdentity.roleArn) ?? [];
  const defaultRegion = env.AWS_REGION || env.AWS_DEFAULT_REGION || "*";
  const statements = await derive({
    partition: partition ?? partitionOf(defaultRegion),
    account,
    defaultRegion,
    // The role of an instance profile is known in the account only. The role that is assumed limits it.
    instanceRole: "*",
  });
  const policy = sessionPolicy(statements);
  debug(() => `Session policy (${policy.length} characters): ${policy}`);
  return { ...setting, webIdentity: { ...webIdentity, sessionPolicy: policy } };
}
