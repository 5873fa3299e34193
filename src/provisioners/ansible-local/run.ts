import { readFile } from "node:fs/promises";
import { posix } from "node:path";
import { BakeError } from "../../core/errors.js";
import type { ProvisionerContext } from "../../core/parts.js";
import { shellQuote } from "../../core/text.js";
import { lastLinesDetail, succeeded, toolFailed } from "../command-run.js";
import { localPath } from "../local-files.js";
import { runChecked, runRemote } from "../run-remote.js";
import type { AnsibleLocalOptions } from "./options.js";
import { type Staged, stage } from "./staging.js";

/** Value of `packer_http_addr` for a builder without an HTTP server. */
const NO_HTTP_SERVER = "ERR_HTTP_ADDR_NOT_IMPLEMENTED_BY_BUILDER";

/** Uploads playbooks and runs Ansible on the machine (Packer §5.7). Throws a `BakeError`. */
export async function run(options: AnsibleLocalOptions, context: ProvisionerContext): Promise<void> {
  const { narrator } = context;
  narrator.say("Provisioning with Ansible...");
  const staged = await stage(options, context);
  const collections = await install(options, staged, context);
  for (const playbook of staged.playbooks) {
    const command = playbookCommand(playbook, options, { ...staged, collections }, context);
    narrator.message(`Executing Ansible: ${command}`);
    await runAnsible(command, options.command, context);
  }
  if (options.clean_staging_directory) {
    narrator.message("Removing staging directory...");
    const { directory } = staged;
    await runChecked(context, `rm -rf ${shellQuote(directory)}`, `Cannot remove directory "${directory}"`);
  }
}

/** Installs the requirements in `galaxy_file`; returns the directory of collections, if any. */
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
  { directory, inventory, collections }: Staged & { readonly collections: string | undefined },
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
  const ran = await runRemote(context, command);
  if (succeeded(ran)) return;
  if (ran.end.status === "exited" && ran.end.code === 127) {
    throw new BakeError(`Command not found on the machine: "${program}"`, {
      code: "ansible-not-found",
      hint: "Install Ansible with a shell provisioner before this one, and check that it is in the login user's PATH.",
      detail: lastLinesDetail(ran),
      range: context.range,
    });
  }
  const hint = "Check the output of Ansible for the failed task.";
  throw toolFailed(ran, { tool: "Ansible", code: "ansible-failed", hint }, context);
}
