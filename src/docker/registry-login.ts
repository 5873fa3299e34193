import { ecrLogin } from "../aws/ecr.js";
import { BakeError } from "../core/errors.js";
import type { PartContext } from "../core/run.js";
import type { RegistryLogin } from "./login.js";
import { ecrRegistry, isPublicEcr, type LoginOptions, NO_PUBLIC_ECR, PUBLIC_ECR_HINT } from "./options.js";

/**
 * The login that the options ask for, or undefined (Packer §3.8 `login`, `ecr_login`). ECR is asked for a token with the keys of
 * the options, else with the run's own AWS credentials. Throws an `AwsError` when ECR refuses.
 */
export async function registryLogin(options: LoginOptions, context: PartContext): Promise<RegistryLogin | undefined> {
  const { login_server: server, login_username: name, login_password: password } = options;
  if (options.ecr_login) {
    const registry = ecrRegistry(server ?? "");
    if (isPublicEcr(server ?? "")) {
      throw new BakeError(NO_PUBLIC_ECR, {
        code: "ecr-public",
        blame: "user",
        hint: PUBLIC_ECR_HINT,
        ...(context.range ? { range: context.range } : {}),
      });
    }
    if (!registry) throw new BakeError(`"${server}" is no ECR registry`, { code: "ecr-server", blame: "user" });
    context.narrator.message("Fetching ECR credentials...");
    const token = await ecrLogin(registry, options, context.surroundings, context.signal);
    return { server, user: { name: token.username, password: token.password } };
  }
  if (!options.login) return undefined;
  return { server, user: name && password ? { name, password } : undefined };
}
