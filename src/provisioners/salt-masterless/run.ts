import { posix } from "node:path";
import { BakeError } from "../../core/errors.js";
import type { ProvisionerContext } from "../../core/parts.js";
import { shellQuote } from "../../core/text.js";
import { howEnded, succeeded, toolFailed } from "../command-run.js";
import { type Guest, guest, isNotFound } from "../guest.js";
import { contentsPath } from "../local-files.js";
import { readRemote, runChecked, runRemote } from "../run-remote.js";
import { fetchFormulas } from "./formulas.js";
import type { SaltMasterlessOptions } from "./options.js";

const CONFIGURATION = "/etc/salt";
const STATES = "/srv/salt";
const PILLAR = "/srv/pillar";

/** Downloads Salt's bootstrap script, as Packer does (§5.10). */
const FETCH_BOOTSTRAP =
  "curl -L https://bootstrap.saltproject.io -o /tmp/install_salt.sh || wget -O /tmp/install_salt.sh https://bootstrap.saltproject.io";

/** Installs Salt, uploads states and pillar and runs `salt-call --local` on the machine (Packer §5.10). Throws a `BakeError`. */
export async function run(options: SaltMasterlessOptions, context: ProvisionerContext): Promise<void> {
  const removeFormulas = await fetchFormulas(options, context);
  try {
    const machine = guest(context, !options.disable_sudo);
    context.narrator.say("Provisioning with Salt...");
    if (!options.skip_bootstrap) await bootstrap(options, machine, context);
    await upload(options, machine, context);
  } finally {
    await removeFormulas();
  }
  await applyStates(options, context);
}

/** Installs Salt. A failed script is only a warning: `salt-call` may exist nevertheless. */
async function bootstrap(options: SaltMasterlessOptions, machine: Guest, context: ProvisionerContext): Promise<void> {
  const { narrator, range } = context;
  const install = machine.sudo("sh /tmp/install_salt.sh");
  const steps: readonly (readonly [message: string, command: string])[] = [
    ["Downloading saltstack bootstrap to /tmp/install_salt.sh", FETCH_BOOTSTRAP],
    ["Installing Salt with command", options.bootstrap_args ? `${install} ${options.bootstrap_args}` : install],
  ];
  for (const [message, command] of steps) {
    narrator.message(command === FETCH_BOOTSTRAP ? message : `${message} ${command}`);
    const ran = await runRemote(context, command);
    if (ran.end.status === "disconnected") {
      throw toolFailed(ran, { tool: "The installation of Salt", code: "salt-failed", hint: "" }, context);
    }
    if (succeeded(ran)) continue;
    narrator.warn({
      code: "salt-bootstrap",
      summary: `Salt's bootstrap script failed: ${ran.lastLines.at(-1) ?? howEnded(ran.end)}`,
      range,
    });
  }
}

async function upload(options: SaltMasterlessOptions, machine: Guest, context: ProvisionerContext): Promise<void> {
  const { narrator } = context;
  const temporary = options.temp_config_dir || "/tmp/salt";
  narrator.message(`Creating remote temporary directory: ${temporary}`);
  await machine.makeDirectory(temporary);
  const home = await remoteWorkingDirectory(context);
  for (const [option, name] of [
    ["minion_config", "minion"],
    ["grains_file", "grains"],
  ] as const) {
    const source = options[option];
    if (!source) continue;
    narrator.message(`Uploading ${option === "minion_config" ? "minion config" : "grains file"}: ${source}`);
    // Only root can write to the target, so the file is uploaded to the login user's home first.
    await machine.uploadFile(source, posix.join(home, name));
    await machine.move(posix.join(home, name), posix.join(temporary, name));
    narrator.message(`Make sure directory ${CONFIGURATION} exists`);
    await machine.makeDirectory(CONFIGURATION);
    await machine.move(posix.join(temporary, name), posix.join(CONFIGURATION, name));
  }
  narrator.message(`Uploading local state tree: ${options.local_state_tree}`);
  const states = options.remote_state_tree || STATES;
  await placeTree(options.local_state_tree, posix.join(temporary, "states"), states, { home, machine, context });
  if (!options.local_pillar_roots) return;
  narrator.message(`Uploading local pillar roots: ${options.local_pillar_roots}`);
  const pillar = options.remote_pillar_roots || PILLAR;
  await placeTree(options.local_pillar_roots, posix.join(temporary, "pillar"), pillar, { home, machine, context });
}

/**
 * Uploads a directory without its `.git`, through the login user's home, and replaces `target`. Packer intends to replace it too, but
 * moves the new tree into the old one.
 */
async function placeTree(
  source: string,
  between: string,
  target: string,
  { home, machine, context }: { readonly home: string; readonly machine: Guest; readonly context: ProvisionerContext },
): Promise<void> {
  const { narrator, surroundings, signal } = context;
  const first = posix.join(home, `${posix.basename(between)}-${surroundings.ids.short(8)}`);
  await runChecked(context, `mkdir ${shellQuote(first)}`, `Cannot create directory "${first}"`);
  await context.machine.communicator.uploadDirectory(contentsPath(source, surroundings.cwd), first, { signal });
  await runChecked(context, `rm -rf ${shellQuote(`${first}/.git`)}`, `Cannot remove "${first}/.git"`);
  await machine.removeDirectory(between);
  await machine.move(first, between);
  narrator.message(`Removing directory: ${target}`);
  await machine.removeDirectory(target);
  await runChecked(
    context,
    machine.sudo(`mkdir -p ${shellQuote(posix.dirname(target))}`),
    `Cannot create directory "${posix.dirname(target)}"`,
  );
  await machine.move(between, target);
}

/** Returns the working directory of commands; uploads may have another one (in a container, its root). */
async function remoteWorkingDirectory(context: ProvisionerContext): Promise<string> {
  const { end, output } = await readRemote(context, "pwd");
  const path = output.replace(/\n$/, "");
  if (succeeded({ end }) && path.startsWith("/")) return path;
  throw new BakeError("Could not determine the working directory on the machine", {
    code: "salt-failed",
  });
}

async function applyStates(options: SaltMasterlessOptions, context: ProvisionerContext): Promise<void> {
  const program = options.salt_bin_dir ? posix.join(options.salt_bin_dir, "salt-call") : "salt-call";
  const args = saltArguments(options);
  context.narrator.message(`Running: salt-call --local ${args}`);
  const ran = await runRemote(context, guest(context, !options.disable_sudo).sudo(`${program} --local ${args}`));
  if (ran.end.status === "exited" && (ran.end.code === 0 || options.no_exit_on_failure)) return;
  const hint = isNotFound(ran, "salt-call")
    ? 'Check the output of Salt\'s bootstrap script, or install Salt with a shell provisioner and set "skip_bootstrap". Salt is not installed on the machine.'
    : "Check the output of Salt for the failed state.";
  throw toolFailed(ran, { tool: "salt-call", code: "salt-failed", hint }, context);
}

function saltArguments(options: SaltMasterlessOptions): string {
  return [
    options.custom_state ? `state.sls ${options.custom_state}` : "state.highstate",
    ...(options.minion_config
      ? []
      : [
          `--file-root=${options.remote_state_tree || STATES}`,
          `--pillar-root=${options.remote_pillar_roots || PILLAR}`,
        ]),
    ...(options.no_exit_on_failure ? [] : ["--retcode-passthrough"]),
    `-l ${options.log_level || "info"}`,
    ...(options.salt_call_args ? [options.salt_call_args] : []),
  ].join(" ");
}
