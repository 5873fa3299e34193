import { readFile } from "node:fs/promises";
import type { ProvisionerContext } from "../../core/parts.js";
import { localPath } from "../local-path.js";
import { runLocal } from "../run-local.js";
import { judge } from "./judge.js";
import type { AnsibleOptions } from "./options.js";
import { INSTALL_HINT } from "./options.js";

/**
 * Installs on this machine what `galaxy_file` requires: roles, and collections where the file lists any (Packer §5.6). Throws a
 * `BakeError`.
 */
export async function installRequirements(
  options: AnsibleOptions,
  environment: Readonly<Record<string, string>>,
  context: ProvisionerContext,
): Promise<void> {
  if (!options.galaxy_file) return;
  const text = await readFile(localPath(options.galaxy_file, context.surroundings.cwd), "utf8");
  for (const args of galaxyCommands(options, options.galaxy_file, text)) {
    context.narrator.say("Executing Ansible Galaxy");
    const command = [options.galaxy_command, ...args];
    judge(options.galaxy_command, await runLocal(context, command, environment, INSTALL_HINT), context);
  }
}

/** Arguments of ansible-galaxy, one list a call, for a requirements file with this text. */
function galaxyCommands(
  options: Pick<AnsibleOptions, "galaxy_force_install" | "galaxy_force_with_deps" | "roles_path" | "collections_path">,
  path: string,
  text: string,
): readonly (readonly string[])[] {
  const collections = /^collections:/m.test(text);
  const roles = /^roles:/m.test(text) || !collections;
  const force = [
    ...(options.galaxy_force_install ? ["-f"] : []),
    ...(options.galaxy_force_with_deps ? ["--force-with-deps"] : []),
  ];
  const into = (folder: string | undefined) => (folder ? ["-p", folder] : []);
  return [
    ...(roles ? [["install", "-r", path, ...force, ...into(options.roles_path)]] : []),
    ...(collections ? [["collection", "install", "-r", path, ...force, ...into(options.collections_path)]] : []),
  ];
}
