import type { Range } from "../core/source.js";

/** An entry of `required_plugins` (Packer §2.2). */
export interface RequiredPlugin {
  /** Its name in the template. Its components have this name, or begin with it and a dash: `amazon-ebs`. */
  readonly name: string;
  /** `HOST/OWNER/NAME`. */
  readonly source: string;
  /** The version constraint as written, e.g. `>= 1.2.8, < 2`. */
  readonly constraint: string;
  /** The name. */
  readonly range: Range;
}

/** Packer's plugins whose components are built in: the source addresses by name. */
export const BUILT_IN_PLUGINS: Readonly<Record<string, string>> = {
  amazon: "github.com/hashicorp/amazon",
  "amazon-ami-management": "github.com/wata727/amazon-ami-management",
  ansible: "github.com/hashicorp/ansible",
  chef: "github.com/hashicorp/chef",
  docker: "github.com/hashicorp/docker",
  inspec: "github.com/hashicorp/inspec",
  puppet: "github.com/hashicorp/puppet",
  salt: "github.com/hashicorp/salt",
  saltstack: "github.com/hashicorp/saltstack",
};

/**
 * Returns the name of the plugin that a component type belongs to: the longest of `names` that is the type or its beginning up to a
 * dash. Undefined if there is none: a component of Packer itself.
 */
export function pluginOfType(type: string, names: readonly string[]): string | undefined {
  const owners = names.filter((name) => type === name || type.startsWith(`${name}-`));
  return owners.sort((a, b) => b.length - a.length)[0];
}

/** Returns the name in a source address `HOST/OWNER/NAME`; undefined if the address is invalid. */
export function pluginName(source: string): string | undefined {
  const parts = source.split("/");
  return parts.length < 3 || parts.includes("") ? undefined : parts.at(-1);
}
