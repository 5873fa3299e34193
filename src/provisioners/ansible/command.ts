import type { ProvisionerContext } from "../../core/parts.js";
import { shellQuote } from "../../core/text.js";
import { localPath } from "../local-files.js";
import type { AnsibleAccess } from "./access.js";
import type { AnsibleOptions } from "./options.js";

/** Inputs of a playbook run: the rendered extra arguments, and the access to the machine. */
export interface Invocation {
  readonly extra: readonly string[];
  readonly access: AnsibleAccess;
}

/**
 * Returns the `known_hosts` file that Ansible must use; undefined where there is none, or where the extra arguments replace the SSH
 * options that set it.
 */
export function checkedKnownHosts({ access, extra }: Invocation): string | undefined {
  return extra.some((arg) => /^--ssh-extra-args\b|ansible_ssh_extra_args=/.test(arg)) ? undefined : access.knownHosts;
}

/** Returns options of ssh, scp and sftp that check the server's key against a `known_hosts` file. */
function keyOptions(knownHosts: string): readonly string[] {
  return [`-o UserKnownHostsFile=${knownHosts}`, "-o StrictHostKeyChecking=yes"];
}

/**
 * Joins SSH options to one text, which Ansible splits as a shell does. Packer puts each option in single quotes, but newer versions of
 * Ansible remove the outer quotes, which breaks several options.
 */
export function sshArguments(options: readonly string[]): string {
  return options.map(sshWords).join(" ");
}

function sshWords(option: string): string {
  const [, letter = "", value = ""] = /^(-[A-Za-z])\s*(.*)$/s.exec(option) ?? [];
  const plain = !/[\s'"\\]/.test(letter === "" ? option : value) || /^(?:-o\s*\w+=[^\s'"\\]+\s*)+$/.test(option);
  if (plain) return option;
  return letter === "" ? shellQuote(option) : `${letter} ${shellQuote(value)}`;
}

/** Returns the arguments of ansible-playbook, in Packer's order (§5.6). */
export function playbookArguments(
  options: AnsibleOptions,
  invocation: Invocation,
  inventory: string,
  { identity, data, surroundings }: ProvisionerContext,
): readonly string[] {
  const { extra, access } = invocation;
  const address = data.PackerHTTPAddr;
  const given = options.ansible_ssh_extra_args;
  const knownHosts = checkedKnownHosts(invocation);
  const ssh = [
    ...(given.length > 0 ? given : access.keyFile === undefined ? [] : ["-o IdentitiesOnly=yes"]),
    ...(knownHosts === undefined ? [] : keyOptions(knownHosts)),
  ];
  const args = [
    ...["-e", `packer_build_name=${JSON.stringify(identity.shortName)}`],
    ...["-e", `packer_builder_type=${identity.builderType}`],
    ...(address && !address.startsWith("ERR_") ? ["-e", `packer_http_addr=${address}`] : []),
    ...(ssh.length > 0 ? ["--ssh-extra-args", sshArguments(ssh)] : []),
    ...extra,
    ...(options.ansible_winrm_use_http && !extra.some((arg) => arg.startsWith("ansible_winrm_scheme"))
      ? ["-e", "ansible_winrm_scheme=http"]
      : []),
  ];
  const password = args.some((arg) => arg.split("=").includes("ansible_password"));
  const passwordFile = access.winrm?.passwordFile;
  return [
    ...args,
    ...(passwordFile === undefined || password ? [] : ["-e", `@${passwordFile}`]),
    ...(access.keyFile === undefined || password ? [] : ["-e", `ansible_ssh_private_key_file=${access.keyFile}`]),
    ...["-i", inventory, localPath(options.playbook_file, surroundings.cwd)],
  ];
}

/** Returns Ansible's environment variables; the user's variables override them. */
export function ansibleEnvironment(
  options: AnsibleOptions,
  invocation: Invocation,
  given: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  if (invocation.access.winrm !== undefined) return {};
  const methodGiven = "ANSIBLE_SCP_IF_SSH" in given || "ANSIBLE_SSH_TRANSFER_METHOD" in given;
  return {
    ...hostKeyEnvironment(options, invocation),
    ...("ANSIBLE_SSH_CONTROL_PATH_DIR" in given ? {} : { ANSIBLE_SSH_CONTROL_PATH_DIR: invocation.access.directory }),
    // Packer requests scp, which newer Ansible no longer supports, and which newer OpenSSH implements with SFTP.
    ...(options.use_sftp || methodGiven ? {} : { ANSIBLE_SSH_TRANSFER_METHOD: "piped" }),
  };
}

function hostKeyEnvironment(options: AnsibleOptions, invocation: Invocation): Readonly<Record<string, string>> {
  const knownHosts = checkedKnownHosts(invocation);
  if (knownHosts !== undefined) {
    const text = sshArguments(keyOptions(knownHosts));
    return { ANSIBLE_HOST_KEY_CHECKING: "True", ANSIBLE_SFTP_EXTRA_ARGS: text, ANSIBLE_SCP_EXTRA_ARGS: text };
  }
  return options.ssh_host_key_file && options.use_proxy !== false ? {} : { ANSIBLE_HOST_KEY_CHECKING: "False" };
}

/** Returns the values of arguments with secret names, e.g. of `db_password=…` and `-e "a=1 my_secret=…"`. */
export function secretValues(args: readonly string[]): readonly string[] {
  return args.flatMap((arg) =>
    [...arg.matchAll(/(^|[\s,;{"'])([\w.-]*(?:password|secret)[\w.-]*)=("[^"]*"|'[^']*'|\S+)/gi)]
      .filter(([, , name = ""]) => !name.startsWith("-"))
      .map(([, , , value = ""]) => value.replace(/^(["'])(.*)\1$/, "$2"))
      .filter((value) => value !== ""),
  );
}
