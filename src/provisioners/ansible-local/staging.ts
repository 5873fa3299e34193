import { basename, dirname, posix, relative, resolve, sep } from "node:path";
import type { ProvisionerContext } from "../../core/parts.js";
import { shellQuote } from "../../core/text.js";
import { contentsPath, localPath } from "../local-files.js";
import { runChecked } from "../run-remote.js";
import type { AnsibleLocalOptions } from "./options.js";

/** Paths of the uploaded files on the machine. */
export interface Staged {
  readonly directory: string;
  readonly playbooks: readonly string[];
  readonly inventory: string;
  readonly galaxyFile: string | undefined;
}

/** Uploads the files for Ansible to the staging directory (Packer §5.7). Throws the communicator's `BakeError`. */
export async function stage(options: AnsibleLocalOptions, context: ProvisionerContext): Promise<Staged> {
  const { narrator, surroundings } = context;
  const directory = options.staging_directory || `/tmp/packer-provisioner-ansible-local/${surroundings.ids.uuid()}`;
  const inside = (...names: string[]) => posix.join(directory, ...names);
  const say = (text: string) => narrator.message(text);

  if (options.playbook_dir) {
    say("Uploading Playbook directory to Ansible staging directory...");
    await uploadContents(options.playbook_dir, directory, context);
  } else {
    say("Creating Ansible staging directory...");
    await makeDirectory(directory, context);
  }
  const playbooks = await uploadPlaybooks(options, inside, context);
  if (options.galaxy_file) say("Uploading galaxy file...");
  const galaxyFile = options.galaxy_file
    ? await uploadFile(options.galaxy_file, inside(basename(options.galaxy_file)), context)
    : undefined;
  say("Uploading inventory file...");
  const inventory = options.inventory_file
    ? await uploadFile(options.inventory_file, inside(basename(options.inventory_file)), context)
    : await uploadInventory(options.inventory_groups, inside("inventory"), context);
  for (const name of ["group_vars", "host_vars"] as const) {
    const source = options[name];
    if (!source) continue;
    say(`Uploading ${name} directory...`);
    await uploadContents(source, inside(name), context);
  }
  await uploadEach("role directories", options.role_paths, (path) => inside("roles", basename(path)), context);
  const collection = (path: string) => inside("collections", basename(path));
  await uploadEach("collection directories", options.collection_paths, collection, context);
  await uploadEach("additional Playbooks", options.playbook_paths, () => inside("playbooks"), context);
  return { directory, playbooks, inventory, galaxyFile };
}

async function uploadPlaybooks(
  options: AnsibleLocalOptions,
  inside: (...names: string[]) => string,
  context: ProvisionerContext,
): Promise<readonly string[]> {
  if (options.playbook_file) {
    context.narrator.message("Uploading main Playbook file...");
    return [await uploadFile(options.playbook_file, inside(basename(options.playbook_file)), context)];
  }
  const { cwd } = context.surroundings;
  const paths: string[] = [];
  for (const file of options.playbook_files) {
    const below = options.playbook_dir ? relative(resolve(cwd, options.playbook_dir), resolve(cwd, file)) : "..";
    if (!below.startsWith("..")) {
      paths.push(inside(...below.split(sep)));
      continue;
    }
    context.narrator.message(`Uploading playbook file: ${file}`);
    // As in Packer, the target is the full path inside the staging directory; `..` cannot leave it.
    const target = inside(...posix.join("/", file.replaceAll("\\", "/")).split("/"));
    await makeDirectory(dirname(target), context);
    paths.push(await uploadFile(file, target, context));
  }
  return paths;
}

async function uploadEach(
  what: string,
  sources: readonly string[],
  target: (source: string) => string,
  context: ProvisionerContext,
): Promise<void> {
  if (sources.length > 0) context.narrator.message(`Uploading ${what}...`);
  for (const source of sources) await uploadContents(source, target(source), context);
}

async function uploadContents(source: string, target: string, context: ProvisionerContext): Promise<void> {
  await makeDirectory(target, context);
  const contents = contentsPath(source, context.surroundings.cwd);
  await context.machine.communicator.uploadDirectory(contents, target, { signal: context.signal });
}

async function uploadFile(source: string, target: string, context: ProvisionerContext): Promise<string> {
  const path = localPath(source, context.surroundings.cwd);
  await context.machine.communicator.uploadFile({ from: "file", path }, target, { signal: context.signal });
  return target;
}

/** Uploads an inventory with 127.0.0.1 in each of the groups, or without groups. */
async function uploadInventory(
  groups: readonly string[],
  target: string,
  { machine, signal }: ProvisionerContext,
): Promise<string> {
  const text = groups.length > 0 ? groups.map((group) => `[${group}]\n127.0.0.1\n`).join("") : "127.0.0.1\n";
  const content = Buffer.from(text);
  await machine.communicator.uploadFile({ from: "memory", content, mode: 0o644 }, target, { signal });
  return target;
}

function makeDirectory(path: string, context: ProvisionerContext): Promise<void> {
  return runChecked(context, `mkdir -p ${shellQuote(path)}`, `Cannot create directory "${path}"`);
}
