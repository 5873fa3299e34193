import type { ProvisionerContext } from "../../core/parts.js";
import type { Way } from "../login-proxy.js";
import { parseEnvironment, runLocal } from "../run-local.js";
import { ansibleEnvironment, checksHostKey, playbookArguments, secretValues } from "./command.js";
import { installRequirements } from "./galaxy.js";
import { prepareInventory } from "./inventory.js";
import { judge } from "./judge.js";
import { type AnsibleOptions, INSTALL_HINT } from "./options.js";
import { openWay } from "./reach.js";

/** Runs Ansible on this machine against the machine being built (Packer §5.6). Throws a `BakeError`. */
export async function run(options: AnsibleOptions, context: ProvisionerContext): Promise<void> {
  const { narrator, data } = context;
  narrator.say("Provisioning with Ansible...");
  const given = parseEnvironment(options.ansible_env_vars.map((pair) => pair.render(data)));
  const extra = options.extra_arguments.map((argument) => argument.render(data));
  for (const value of secretValues(extra)) narrator.secret(value);
  const way = await openWay(options, [...extra, ...Object.values(given)], context);
  try {
    warnOfUncheckedKey(options, extra, way, context);
    await play(options, extra, given, way, context);
  } finally {
    await way.close();
  }
}

async function play(
  options: AnsibleOptions,
  extra: readonly string[],
  given: Readonly<Record<string, string>>,
  way: Way,
  context: ProvisionerContext,
): Promise<void> {
  const known = { ...context.surroundings.env, ...given };
  const environment = { ...ansibleEnvironment(options, extra, way, known), ...given };
  const inventory = await prepareInventory(options, way, context);
  try {
    await installRequirements(options, environment, context);
    const command = [options.command, ...playbookArguments(options, extra, way, inventory.path, context)];
    context.narrator.say(`Executing Ansible: ${hide(secretValues(extra), command.join(" "))}`);
    judge(options.command, await runLocal(context, command, environment, INSTALL_HINT), context);
  } finally {
    await inventory.remove();
  }
}

/** Says so when arguments for ssh leave a machine's key unchecked; the proxy's is on this machine and checks the real one itself. */
function warnOfUncheckedKey(
  options: AnsibleOptions,
  extra: readonly string[],
  way: Way,
  { narrator, range }: ProvisionerContext,
): void {
  if (options.use_proxy !== false || way.knownHosts === undefined || checksHostKey(way, extra)) return;
  narrator.warn({
    code: "ansible-host-key",
    summary:
      'the options for ssh in "extra_arguments" replace those that name the machine\'s host key: it is not checked',
    hint: 'Move them to "ansible_ssh_extra_args".',
    range,
  });
}

function hide(secrets: readonly string[], text: string): string {
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, "*****"), text);
}
