import { readFile } from "node:fs/promises";
import type { ProvisionerContext } from "../../core/parts.js";
import { succeeded, toolFailed } from "../command-run.js";
import { localPath } from "../local-files.js";
import { runLocal } from "../run-local.js";
import { type AnsibleOptions, INSTALL_ANSIBLE } from "./options.js";

/** Runs one of Ansible's programs on this machine. Throws a `BakeError` unless it succeeds. */
export async function runProgram(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  context: ProvisionerContext,
): Promise<void> {
  const ran = await runLocal(context, [program, ...args], environment, INSTALL_ANSIBLE);
  if (succeeded(ran)) return;
  const hint = hintFor(ran.end.status === "exited" ? ran.end.code : undefined, ran.lastLines);
  throw toolFailed(ran, { tool: program, code: "ansible-failed", hint }, context);
}

/** What Ansible's exit codes mean, as far as they say what to do. */
const HINTS: Readonly<Record<number, string>> = {
  2: "A task failed: see the output above.",
  4: 'The machine could not be reached, or the playbook cannot be read: see the output above. "-vvvv" in "extra_arguments" shows what ssh says.',
  5: 'Ansible does not know one of its arguments: look at "extra_arguments".',
};

function hintFor(code: number | undefined, lines: readonly string[]): string {
  if (lines.some((line) => line.includes("REMOTE HOST IDENTIFICATION HAS CHANGED"))) {
    return "Another server answers at the machine's address than the one that the build itself logged in to.";
  }
  if (lines.some((line) => line.includes("Host key verification failed"))) {
    return 'Options for ssh in your inventory or variables replaced the ones that name the machine\'s host key. Move them to "ansible_ssh_extra_args", or add "ANSIBLE_HOST_KEY_CHECKING=False" to "ansible_env_vars".';
  }
  return HINTS[code ?? 0] ?? "See the output above.";
}

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
    await runProgram(options.galaxy_command, args, environment, context);
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
