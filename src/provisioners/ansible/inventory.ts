import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BakeError, messageOf } from "../../core/errors.js";
import type { ProvisionerContext } from "../../core/parts.js";
import { shellQuote } from "../../core/text.js";
import { localPath } from "../local-files.js";
import type { AnsibleAccess } from "./access.js";
import type { AnsibleOptions } from "./options.js";
import { winrmVariables } from "./winrm.js";

/** Address of the machine for Ansible, and how to log in to it. */
type Address = Pick<AnsibleAccess, "host" | "port" | "user" | "winrm">;

/** An inventory file on the runner. */
export interface InventoryFile {
  readonly path: string;
  remove(): Promise<void>;
}

const nothing = async (): Promise<void> => undefined;

/**
 * Returns the inventory to use: the user's, or a generated one with the machine alone, removed afterwards unless it is kept (Packer
 * §5.6). Throws a `BakeError` when it cannot be written.
 */
export async function prepareInventory(
  options: AnsibleOptions,
  address: Address,
  context: ProvisionerContext,
): Promise<InventoryFile> {
  const { surroundings, narrator } = context;
  if (options.inventory_file) return { path: options.inventory_file, remove: nothing };
  const text = inventoryText(options, address, context);
  try {
    if (options.inventory_directory || options.keep_inventory_file) {
      const directory = options.inventory_directory
        ? localPath(options.inventory_directory, surroundings.cwd)
        : tmpdir();
      const path = join(directory, `packer-provisioner-ansible${surroundings.ids.short(10)}`);
      await writeFile(path, text, { mode: 0o600, flag: "wx" });
      if (!options.keep_inventory_file) return { path, remove: () => rm(path, { force: true }) };
      narrator.message(`Keeping the inventory file: ${path}`);
      return { path, remove: nothing };
    }
    // A separate directory: Ansible reads group_vars next to an inventory, and any user can write to the temporary directory.
    const directory = await mkdtemp(join(tmpdir(), "packer-provisioner-ansible"));
    const path = join(directory, "inventory");
    await writeFile(path, text, { mode: 0o600 });
    return { path, remove: () => rm(directory, { recursive: true, force: true }) };
  } catch (cause) {
    throw new BakeError(`Cannot write the inventory: ${messageOf(cause)}`, {
      code: "inventory-not-written",
      range: context.range,
      cause,
    });
  }
}

/** Returns a value for a line of an inventory, which Ansible splits as a shell does: `DOMAIN\\user` needs quotes. */
function quoted(value: string): string {
  return /^[\w.@-]+$/.test(value) ? value : shellQuote(value);
}

/** Returns the machine's line, the same line in each of the groups, and the empty groups. */
function inventoryText(options: AnsibleOptions, address: Address, { data }: ProvisionerContext): string {
  const { host, port, user } = address;
  const how = address.winrm ? winrmVariables(address.winrm.details, port) : [];
  const fields = { ...data, HostAlias: options.host_alias, Host: host, Port: port, User: user };
  const line = options.inventory_file_template
    ? options.inventory_file_template.render(fields)
    : `${[options.host_alias, `ansible_host=${host}`, ...how, `ansible_user=${quoted(user)}`, `ansible_port=${port}`].join(" ")}\n`;
  return [
    line,
    ...options.groups.map((group) => `[${group}]\n${line}`),
    ...options.empty_groups.map((group) => `[${group}]\n`),
  ].join("");
}
