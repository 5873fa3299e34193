import { stat } from "node:fs/promises";
import { basename } from "node:path";
import type { BuildIdentity, ProvisionerContext } from "../../core/parts.js";
import { type CommandRun, toolFailed } from "../command-run.js";
import { type Guest, type GuestOs, guest, guestOs, isNotFound } from "../guest.js";
import { localPath } from "../local-files.js";
import { runRemote } from "../run-remote.js";
import { removeFiles } from "../windows/clean.js";
import { elevatedCommand, runTask } from "../windows/elevated.js";
import type { PuppetMasterlessOptions } from "./options.js";

const STAGING: Readonly<Record<GuestOs, string>> = {
  unix: "/tmp/packer-puppet-masterless",
  windows: "C:/Windows/Temp/packer-puppet-masterless",
};

/** Hints for when Puppet is not installed. */
const NOT_FOUND: Readonly<Record<GuestOs, string>> = {
  unix: 'Install Puppet with a shell provisioner before this one, and set "puppet_bin_dir" to its directory, for example "/opt/puppetlabs/bin". The PATH of sudo differs from the login user\'s.',
  windows:
    'Install Puppet with a powershell provisioner before this one, and set "puppet_bin_dir" to its directory, for example "C:/PROGRA~1/PUPPET~1/Puppet/bin". A new PATH is not in open sessions.',
};

/** Uploads manifests and modules and runs `puppet apply` on the machine (Packer §5.9). Throws a `BakeError`. */
export async function run(options: PuppetMasterlessOptions, context: ProvisionerContext): Promise<void> {
  const { narrator } = context;
  const os = guestOs(options.guest_os_type, context);
  const staging = options.staging_directory || STAGING[os];
  const machine = guest(context, !options.prevent_sudo, os);
  narrator.say("Provisioning with Puppet...");
  narrator.message("Creating Puppet staging directory...");
  await machine.makeOpenDirectory(staging);
  const fields = await upload(options, staging, machine, context);
  const command = puppetCommand(options, fields, os);
  narrator.message(`Running Puppet: ${command}`);
  const ran = options.elevated_user
    ? await runElevated(command, options.elevated_user, options, context)
    : await runRemote(context, command);
  const { end } = ran;
  const applied = end.status === "exited" && (end.code === 0 || end.code === 2);
  if (!applied && (end.status === "disconnected" || !options.ignore_exit_codes)) {
    const hint = isNotFound(ran, "puppet") ? NOT_FOUND[os] : hintFor(end.status === "exited" ? end.code : undefined);
    throw toolFailed(ran, { tool: "Puppet", code: "puppet-failed", hint }, context);
  }
  if (options.clean_staging_directory) await machine.removeDirectory(staging);
}

/** Runs a command in a scheduled task of another user (Packer §5.9). */
async function runElevated(
  command: string,
  user: string,
  options: PuppetMasterlessOptions,
  context: ProvisionerContext,
): Promise<CommandRun> {
  const { narrator, data, surroundings, machine, signal } = context;
  const password = options.elevated_password?.render(data) ?? "";
  if (password !== "") narrator.secret(password);
  const task = elevatedCommand(command, { name: user, password }, surroundings.ids.uuid());
  let failed = true;
  try {
    const ran = await runTask(task, context, async () => {
      await machine.communicator.uploadFiles([task.runner], { signal });
      return runRemote(context, task.line, task.input);
    });
    failed = false;
    return ran;
  } finally {
    await removeFiles([task.runner.destination], failed, context);
  }
}

/** Returns a hint by the exit code of `--detailed-exitcodes`. */
function hintFor(code: number | undefined): string {
  if (code === 4 || code === 6) return "Check the output of Puppet for the failed resources.";
  return "Check the output of Puppet for why the manifest was not applied.";
}

async function upload(
  options: PuppetMasterlessOptions,
  staging: string,
  machine: Guest,
  context: ProvisionerContext,
): Promise<CommandFields> {
  const { narrator, settings, identity } = context;
  const os = guestOs(options.guest_os_type, context);
  const joiner = os === "windows" ? ";" : ":";
  if (options.hiera_config_path) {
    narrator.message("Uploading hiera configuration...");
    await machine.uploadFile(options.hiera_config_path, `${staging}/hiera.yaml`);
  }
  if (options.manifest_dir) {
    narrator.message(`Uploading manifest directory from: ${options.manifest_dir}`);
    await machine.uploadContents(options.manifest_dir, `${staging}/manifests`);
  }
  for (const [index, path] of options.module_paths.entries()) {
    narrator.message(`Uploading local modules from: ${path}`);
    await machine.uploadContents(path, `${staging}/module-${index}`);
  }
  const manifest = await uploadManifest(options.manifest_file, `${staging}/manifests`, machine, context);
  return {
    Debug: settings.debug,
    FacterVars: facterVariables(options.facter, identity, os),
    HieraConfigPath: options.hiera_config_path ? `${staging}/hiera.yaml` : "",
    ManifestDir: options.manifest_dir ? `${staging}/manifests` : "",
    ManifestFile: manifest,
    ModulePath: options.module_paths.map((_path, index) => `${staging}/module-${index}`).join(joiner),
    ModulePathJoiner: joiner,
    PuppetBinDir: options.puppet_bin_dir ?? "",
    Sudo: !options.prevent_sudo,
    WorkingDir: options.working_directory || staging,
  };
}

/** Uploads `manifest_file`, which may be a directory; returns its path on the machine. */
async function uploadManifest(
  source: string,
  target: string,
  machine: Guest,
  { narrator, surroundings }: ProvisionerContext,
): Promise<string> {
  narrator.message("Uploading manifests...");
  await machine.makeOpenDirectory(target);
  if ((await stat(localPath(source, surroundings.cwd))).isDirectory()) {
    narrator.message(`Uploading manifest directory from: ${source}`);
    await machine.uploadContents(source, target);
    return target;
  }
  narrator.message(`Uploading manifest file from: ${source}`);
  await machine.uploadFile(source, `${target}/${basename(source)}`);
  return `${target}/${basename(source)}`;
}

function facterVariables(given: Readonly<Record<string, string>>, identity: BuildIdentity, os: GuestOs): string {
  const facts = { ...given, packer_build_name: identity.shortName, packer_builder_type: identity.builderType };
  const sorted = Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1));
  if (os === "windows") return sorted.map(([name, value]) => `SET "FACTER_${name}=${value}"`).join(" & ");
  return sorted.map(([name, value]) => `FACTER_${name}='${value.replaceAll("'", `'"'"'`)}'`).join(" ");
}

/** Fields of `execute_command` and `extra_arguments` (Packer §5.9); paths are on the machine. */
type CommandFields = Readonly<{
  Debug: boolean;
  FacterVars: string;
  HieraConfigPath: string;
  ManifestDir: string;
  ManifestFile: string;
  ModulePath: string;
  ModulePathJoiner: string;
  PuppetBinDir: string;
  Sudo: boolean;
  WorkingDir: string;
}>;

/** Returns the command that applies the manifest. */
function puppetCommand(options: PuppetMasterlessOptions, fields: CommandFields, os: GuestOs): string {
  const extra = options.extra_arguments?.render({ ...fields, ExtraArguments: "" }) ?? "";
  if (options.execute_command) return options.execute_command.render({ ...fields, ExtraArguments: extra });
  const windows = os === "windows";
  // cmd.exe has no single quotes, and a batch file needs "call" to return.
  const quote = windows ? '"' : "'";
  const directory = fields.PuppetBinDir ? `${fields.PuppetBinDir}/` : "";
  const program = windows ? `call "${directory.replaceAll("/", "\\")}puppet"` : `${directory}puppet`;
  return [
    `cd ${windows ? "/d " : ""}${fields.WorkingDir} &&`,
    windows ? `${fields.FacterVars} &&` : fields.FacterVars,
    ...(fields.Sudo && !windows ? ["sudo -E"] : []),
    `${program} apply --detailed-exitcodes`,
    ...(fields.Debug ? ["--debug"] : []),
    ...(fields.ModulePath ? [`--modulepath=${quote}${fields.ModulePath}${quote}`] : []),
    ...(fields.HieraConfigPath ? [`--hiera_config=${quote}${fields.HieraConfigPath}${quote}`] : []),
    ...(fields.ManifestDir ? [`--manifestdir=${quote}${fields.ManifestDir}${quote}`] : []),
    ...(extra ? [extra] : []),
    fields.ManifestFile,
  ].join(" ");
}
