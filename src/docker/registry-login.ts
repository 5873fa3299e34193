import { ecrLogin } from "../aws/ecr.js";
import { BakeError } from "../core/errors.js";
import type { PartContext } from "../core/parts.js";
import type { RegistryLogin } from "./login.js";
import { ECR_FORMS, ecrRegistry, type LoginOptions } from "./options.js";

/**
 * The login that the options ask for, or undefined (Packer §3.8 `login`, `ecr_login`). ECR is asked for a password with the keys of
 * the options, else with the run's own AWS credentials. Throws an `AwsError` when ECR refuses.
 */
export async function registryLogin(options: LoginOptions, context: PartContext): Promise<RegistryLogin | undefined> {
  const { login_server: server, login_username: name, login_password: password } = options;
  if (!options.ecr_login) {
    return options.login ? { server, user: name && password ? { name, password } : undefined } : undefined;
  }
  const registry = ecrRegistry(options);
  if (!registry) {
    throw new BakeError(`"${server}" is no ECR registry`, {
      code: "ecr-server",
      hint: `login_server must have the form ${ECR_FORMS}.`,
      range: context.range,
    });
  }
  context.narrator.message("Fetching ECR credentials...");
  const user = await ecrLogin(registry, options, context.surroundings, context.signal);
  return { server, user: { name: user.username, password: user.password } };
}
