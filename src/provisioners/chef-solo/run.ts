import { readFile } from "node:fs/promises";
import type { ProvisionerContext } from "../../core/parts.js";
import { succeeded, toolFailed } from "../command-run.js";
import { type Guest, guest, guestOs, isNotFound } from "../guest.js";
import { localPath } from "../local-files.js";
import { runRemote } from "../run-remote.js";
import { encodedCommand, literal } from "../windows/quote.js";
import { configFields, defaultConfig, nodeJson } from "./config.js";
import type { ChefSoloOptions } from "./options.js";

/** The program of Chef's packages for Windows, which the installation does not add to the PATH of open sessions. */
const WINDOWS_CHEF = "c:\\opscode\\chef\\bin\\chef-solo.bat";

/** Installs Chef, uploads cookbooks and runs `chef-solo` on the machine (Packer §5.8). Throws a `BakeError`. */
export async function run(options: ChefSoloOptions, context: ProvisionerContext): Promise<void> {
  const { narrator } = context;
  const os = guestOs(options.guest_os_type, context);
  const windows = os === "windows";
  const staging = options.staging_directory || (windows ? "C:/Windows/Temp/packer-chef-solo" : "/tmp/packer-chef-solo");
  const machine = guest(context, !options.prevent_sudo, os);
  narrator.say("Provisioning with chef-solo");
  if (!options.skip_install) await install(options, windows, machine, context);
  await upload(options, staging, machine);
  const paths = await configure(options, staging, machine, context);
  const command = options.execute_command
    ? options.execute_command.render({ ...paths, Sudo: !options.prevent_sudo })
    : machine.sudo(`${windows ? WINDOWS_CHEF : "chef-solo"} --no-color -c ${paths.ConfigPath} -j ${paths.JsonPath}`);
  narrator.message(`Executing Chef: ${command}`);
  const ran = await runRemote(context, command);
  if (succeeded(ran)) return;
  const hint = isNotFound(ran, "chef-solo")
    ? 'Check the output of "install_command", or install Chef with a shell provisioner and set "skip_install". Chef is not installed on the machine.'
    : "Check the output of Chef for the failed resource.";
  throw toolFailed(ran, { tool: "Chef", code: "chef-failed", hint }, context);
}

async function install(
  options: ChefSoloOptions,
  windows: boolean,
  machine: Guest,
  context: ProvisionerContext,
): Promise<void> {
  context.narrator.message("Installing Chef...");
  const version = options.version ? ` -v ${options.version}` : "";
  const shell = `curl -L https://omnitruck.chef.io/install.sh | ${machine.sudo(`bash -s --${version}`)}`;
  const command = options.install_command
    ? options.install_command.render({ Sudo: !options.prevent_sudo, Version: options.version ?? "" })
    : windows
      ? windowsInstall(options.version)
      : shell;
  const ran = await runRemote(context, command);
  if (succeeded(ran)) return;
  const hint = 'Check that the machine can connect to omnitruck.chef.io, or set "install_command".';
  throw toolFailed(ran, { tool: "The installation of Chef", code: "chef-not-installed", hint }, context);
}

/** Returns the command that runs Chef's installation script for Windows. Older Windows does not use TLS 1.2 by itself. */
function windowsInstall(version: string | undefined): string {
  const tls = "[Net.ServicePointManager]::SecurityProtocol = 'Tls12'";
  const named = version ? ` -version ${literal(version)}` : "";
  const script = `. { iwr -useb https://omnitruck.chef.io/install.ps1 } | iex; Install-Project${named}`;
  return encodedCommand(`$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'; ${tls}; ${script}`);
}

async function upload(options: ChefSoloOptions, staging: string, machine: Guest): Promise<void> {
  await machine.makeOpenDirectory(staging);
  for (const [index, path] of options.cookbook_paths.entries()) {
    await machine.uploadContents(path, `${staging}/cookbooks-${index}`);
  }
  if (options.roles_path) await machine.uploadContents(options.roles_path, `${staging}/roles`);
  if (options.data_bags_path) await machine.uploadContents(options.data_bags_path, `${staging}/data_bags`);
  if (options.encrypted_data_bag_secret_path) {
    // In Packer the file is readable by every user on the machine.
    const target = `${staging}/encrypted_data_bag_secret`;
    await machine.uploadFile(options.encrypted_data_bag_secret_path, target, 0o600);
  }
  if (options.environments_path) await machine.uploadContents(options.environments_path, `${staging}/environments`);
}

/** Uploads `solo.rb` and the node's attributes; returns their paths. */
async function configure(
  options: ChefSoloOptions,
  staging: string,
  machine: Guest,
  { narrator, surroundings }: ProvisionerContext,
): Promise<{ readonly ConfigPath: string; readonly JsonPath: string }> {
  const fields = configFields(options, staging);
  const { config_template: template } = options;
  narrator.message("Creating configuration file 'solo.rb'");
  const config = template
    ? template.compile(await readFile(localPath(template.path, surroundings.cwd), "utf8")).render(fields)
    : defaultConfig(fields);
  await machine.uploadText(config, `${staging}/solo.rb`);
  narrator.message("Creating JSON attribute file");
  await machine.uploadText(nodeJson(options), `${staging}/node.json`);
  return { ConfigPath: `${staging}/solo.rb`, JsonPath: `${staging}/node.json` };
}
