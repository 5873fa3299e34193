import { readFile } from "node:fs/promises";
import type { ProvisionerContext } from "../../core/parts.js";
import { succeeded, toolFailed } from "../command-run.js";
import { localPath } from "../local-files.js";
import { runLocal } from "../run-local.js";
import { type AnsibleOptions, INSTALL_ANSIBLE } from "./options.js";

/** Runs one of Ansible's programs on the runner. Throws a `BakeError` when it fails. */
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

/** Hints by Ansible's exit code. */
const HINTS: Readonly<Record<number, string>> = {
  2: "Check the output of Ansible for the failed task.",
  4: 'Check the output of Ansible: it could not connect to the machine, or could not read the playbook. Add "-vvvv" to "extra_arguments" to see the output of ssh.',
  5: 'Check "extra_arguments": Ansible does not support one of its options.',
};

function hintFor(code: number | undefined, lines: readonly string[]): string {
  if (lines.some((line) => line.includes("REMOTE HOST IDENTIFICATION HAS CHANGED"))) {
    return "Check the machine's address: its SSH host key is not the one of the build's connection.";
  }
  if (lines.some((line) => line.includes("Host key verification failed"))) {
    return 'Move SSH options from your inventory or variables to "ansible_ssh_extra_args", or add "ANSIBLE_HOST_KEY_CHECKING=False" to "ansible_env_vars". They replace the options that set the machine\'s host key.';
  }
  if (lines.some((line) => /winrm or requests is not installed|No module named ['"]?winrm/.test(line))) {
    return 'Install pywinrm for the Python of Ansible, for example with "pipx inject ansible-core pywinrm".';
  }
  return HINTS[code ?? 0] ?? "Check the output of Ansible.";
}

/**
 * Installs the requirements in `galaxy_file` on the runner: roles, and collections where the file lists any (Packer §5.6). Throws a
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

/** Returns the arguments of ansible-galaxy, one list per call, for a requirements file with this text. */
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
  const into = (directory: string | undefined) => (directory ? ["-p", directory] : []);
  return [
    ...(roles ? [["install", "-r", path, ...force, ...into(options.roles_path)]] : []),
    ...(collections ? [["collection", "install", "-r", path, ...force, ...into(options.collections_path)]] : []),
  ];
}
