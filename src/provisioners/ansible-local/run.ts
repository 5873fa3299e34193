import { readFile } from "node:fs/promises";
import { posix } from "node:path";
import { BakeError } from "../../core/errors.js";
import type { ProvisionerContext } from "../../core/parts.js";
import { shellQuote } from "../../core/text.js";
import { localPath } from "../local-path.js";
import { howEnded, runChecked, runRemote } from "../run-remote.js";
import type { AnsibleLocalOptions } from "./options.js";
import { type Staged, stage } from "./staging.js";

/** What `packer_http_addr` says where the builder has no HTTP server. */
const NO_HTTP_SERVER = "ERR_HTTP_ADDR_NOT_IMPLEMENTED_BY_BUILDER";

/** Uploads playbooks and runs Ansible on the machine (Packer §5.7). Throws a `BakeError`. */
export async function run(options: AnsibleLocalOptions, context: ProvisionerContext): Promise<void> {
  const { narrator } = context;
  narrator.say("Provisioning with Ansible...");
  const staged = await stage(options, context);
  const collections = await install(options, staged, context);
  for (const playbook of staged.playbooks) {
    const command = playbookCommand(playbook, options, staged, collections, context);
    narrator.message(`Executing Ansible: ${command}`);
    await runAnsible(command, options.command, context);
  }
  if (options.clean_staging_directory) {
    narrator.message("Removing staging directory...");
    const { directory } = staged;
    await runChecked(context, `rm -rf ${shellQuote(directory)}`, `cannot remove the directory ${directory}`);
  }
}

/** Installs what `galaxy_file` requires; answers the folder of collections, where there are any. */
async function install(
  options: AnsibleLocalOptions,
  { directory, galaxyFile }: Staged,
  context: ProvisionerContext,
): Promise<string | undefined> {
  const uploaded = posix.join(directory, "collections");
  if (galaxyFile === undefined || !options.galaxy_file) {
    return options.collection_paths.length > 0 ? uploaded : undefined;
  }
  const text = await readFile(localPath(options.galaxy_file, context.surroundings.cwd), "utf8");
  const hasCollections = /^collections:/m.test(text);
  const hasRoles = /^roles:/m.test(text) || !hasCollections;
  const collections = options.galaxy_collections_path || uploaded;
  const force = options.galaxy_force_install ? " -f" : "";
  const galaxy = `cd ${directory} && ${options.galaxy_command}`;
  const run = (what: string, path: string) =>
    runAnsible(`${galaxy} ${what} -r ${galaxyFile} -p ${path}${force}`, options.galaxy_command, context);
  if (hasRoles) await run("install", options.galaxy_roles_path || posix.join(directory, "roles"));
  if (hasCollections) await run("collection install", collections);
  return hasCollections || options.collection_paths.length > 0 ? collections : undefined;
}

function playbookCommand(
  playbook: string,
  options: AnsibleLocalOptions,
  { directory, inventory }: Staged,
  collections: string | undefined,
  { identity, data }: ProvisionerContext,
): string {
  const uploaded = posix.join(directory, "collections");
  const paths = [
    ...new Set([...(collections ? [collections] : []), ...(options.collection_paths.length > 0 ? [uploaded] : [])]),
  ];
  const standard = ["~/.ansible/collections", "/usr/share/ansible/collections"];
  const environment = [
    ...(paths.length > 0 ? [`ANSIBLE_COLLECTIONS_PATH=${[...paths, ...standard].join(":")}`] : []),
    ...(options.galaxy_roles_path
      ? [`ANSIBLE_ROLES_PATH=${options.galaxy_roles_path}:~/.ansible/roles:/usr/share/ansible/roles:/etc/ansible/roles`]
      : []),
  ];
  const variables = [
    `packer_build_name=${identity.shortName}`,
    `packer_builder_type=${identity.builderType}`,
    `packer_http_addr=${data.PackerHTTPAddr ?? NO_HTTP_SERVER}`,
    "-o IdentitiesOnly=yes",
  ].join(" ");
  return [
    `cd ${directory} &&`,
    ...environment,
    `${options.command} ${playbook} --extra-vars "${variables}"`,
    ...options.extra_arguments,
    `-c local -i ${inventory}`,
  ].join(" ");
}

async function runAnsible(command: string, program: string, context: ProvisionerContext): Promise<void> {
  const { result, lastLines } = await runRemote(context, command);
  if (result.status === "exited" && result.code === 0) return;
  const missing = result.status === "exited" && result.code === 127;
  const failed = `Ansible ended with ${howEnded(result)}`;
  throw new BakeError(missing ? `${program} could not be found on the machine` : failed, {
    code: missing ? "ansible-not-found" : "ansible-failed",
    hint: missing
      ? "Install Ansible with a shell provisioner before this one, and see that it is on the PATH of the login user."
      : "See the output above for the task that failed.",
    detail: lastLines.length > 0 ? ["Its last lines:", ...lastLines].join("\n") : undefined,
    range: context.range,
  });
}
