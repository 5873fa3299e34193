import type { ProvisionerContext } from "../../core/parts.js";
import { parseEnvironment } from "../run-local.js";
import { openAccess } from "./access.js";
import { ansibleEnvironment, checkedKnownHosts, type Invocation, playbookArguments, secretValues } from "./command.js";
import { prepareInventory } from "./inventory.js";
import type { AnsibleOptions } from "./options.js";
import { installRequirements, runProgram } from "./programs.js";
import { openWinrmAccess } from "./winrm.js";

/** Runs Ansible on the runner against the machine (Packer §5.6). Throws a `BakeError`. */
export async function run(options: AnsibleOptions, context: ProvisionerContext): Promise<void> {
  const { narrator, data } = context;
  narrator.say("Provisioning with Ansible...");
  const given = parseEnvironment(options.ansible_env_vars.map((pair) => pair.render(data)));
  const extra = options.extra_arguments.map((argument) => argument.render(data));
  for (const value of secretValues(extra)) narrator.secret(value);
  const access =
    context.machine.communicator.type === "winrm"
      ? await openWinrmAccess(options, context)
      : await openAccess(options, [...extra, ...Object.values(given)], context);
  try {
    warnAboutUncheckedKey(options, { extra, access }, context);
    await runPlaybook(options, { extra, access }, given, context);
  } finally {
    await access.close();
  }
}

/** Runs the playbook. The template's variables, `given`, override those for the connection to the machine. */
async function runPlaybook(
  options: AnsibleOptions,
  invocation: Invocation,
  given: Readonly<Record<string, string>>,
  context: ProvisionerContext,
): Promise<void> {
  const known = { ...context.surroundings.env, ...given };
  const environment = { ...ansibleEnvironment(options, invocation, known), ...given };
  const inventory = await prepareInventory(options, invocation.access, context);
  try {
    await installRequirements(options, environment, context);
    const args = playbookArguments(options, invocation, inventory.path, context);
    const shown = [options.command, ...args].join(" ");
    context.narrator.say(`Executing Ansible: ${hide(secretValues(invocation.extra), shown)}`);
    await runProgram(options.command, args, environment, context);
  } finally {
    await inventory.remove();
  }
}

/** Warns when SSH options disable the check of the machine's host key. With the proxy, the proxy checks it. */
function warnAboutUncheckedKey(
  options: AnsibleOptions,
  invocation: Invocation,
  { narrator, range }: ProvisionerContext,
): void {
  const { knownHosts } = invocation.access;
  if (options.use_proxy !== false || knownHosts === undefined || checkedKnownHosts(invocation) !== undefined) return;
  narrator.warn({
    code: "ansible-host-key",
    summary: 'SSH options in "extra_arguments" disable the check of the machine\'s host key',
    hint: 'Move them to "ansible_ssh_extra_args".',
    range,
  });
}

function hide(secrets: readonly string[], text: string): string {
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, "*****"), text);
}
