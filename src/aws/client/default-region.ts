import type { Environment } from "./endpoints.js";

/** Region of the environment or of the profile, as every AWS tool finds it; undefined where there is none. */
export async function defaultRegion(profile: string | undefined, env: Environment): Promise<string | undefined> {
  const named = profile ? undefined : env.AWS_REGION || env.AWS_DEFAULT_REGION;
  if (named) return named;
  const { STSClient } = await import("./sdk/sts.js");
  const chosen = profile || env.AWS_PROFILE;
  const client = new STSClient(chosen ? { profile: chosen } : {});
  const found = await client.config.region().catch(() => undefined);
  return found || env.AWS_REGION || env.AWS_DEFAULT_REGION;
}
