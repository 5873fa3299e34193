import type { ProvisionerFacts } from "../../core/facts.js";
import { choice, flag, integer, late, list, text } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";
import { checkPrivateKey, checkProgram, pathCheck } from "../checks.js";

/** Hint for when Ansible is not installed. */
export const INSTALL_ANSIBLE =
  'Install it on this host, for example with "pipx install ansible-core", or set "command" to the program. If it is installed during the build, set "skip_version_check".';

/** Options of the ansible provisioner, which runs Ansible on the runner (Packer §5.6). */
export const ansibleOptions = schema(
  {
    playbook_file: text({ doc: "Playbook to run.", required: true }),
    command: text({
      doc: "Program that runs a playbook: a name or a path, without arguments.",
      default: "ansible-playbook",
    }),
    extra_arguments: list(late({ doc: "An argument; it is not interpreted by a shell.", required: true }), {
      doc: "Arguments for the program; values whose names contain `password` or `secret` are masked.",
    }),
    ansible_env_vars: list(late({ doc: "`KEY=value`.", required: true }), {
      doc: "Environment variables for Ansible, as `KEY=value`.",
    }),
    ansible_ssh_extra_args: list(text({ doc: "SSH options, for example `-o IdentitiesOnly=yes`.", required: true }), {
      doc: "Value of `--ssh-extra-args`.",
      defaultDoc: "`-o IdentitiesOnly=yes`",
    }),
    groups: list(text({ doc: "A group.", required: true }), { doc: "Groups of the machine in the inventory." }),
    empty_groups: list(text({ doc: "A group.", required: true }), {
      doc: "Groups without hosts in the inventory.",
    }),
    host_alias: text({ doc: "Name of the machine in the inventory.", default: "default" }),
    user: text({
      doc: "User that Ansible logs in as (`ansible_user`).",
      defaultDoc: "the login user of the build",
    }),
    inventory_file: text({ doc: "Inventory to use.", defaultDoc: "a generated one" }),
    inventory_directory: text({
      doc: "Directory for the generated inventory; Ansible reads `group_vars` and `host_vars` in it.",
      defaultDoc: "a temporary directory",
    }),
    inventory_file_template: late({
      doc: "The machine's line in the inventory; `{{.HostAlias}}`, `{{.Host}}`, `{{.Port}}`, `{{.User}}` are filled in.",
      defaultDoc: "`{{.HostAlias}} ansible_host={{.Host}} ansible_user={{.User}} ansible_port={{.Port}}`",
    }),
    keep_inventory_file: flag({ doc: "Keep the generated inventory.", default: false }),
    use_proxy: flag({
      doc: "Connect Ansible through an SSH proxy on this host that uses the connection of the build. With `false` Ansible connects directly, with the machine's address and key.",
      defaultDoc: "`true`",
    }),
    local_port: integer({
      doc: "Port of the proxy; the first free one of ten from this port. 0 uses any free port.",
      default: 0,
    }),
    ssh_host_key_file: text({
      doc: "Private host key of the proxy, which Ansible checks against your `known_hosts`.",
      defaultDoc: "a generated one, which is checked",
    }),
    ssh_authorized_key_file: text({
      doc: "Public key that may log in to the proxy; configure Ansible to use its private key.",
      defaultDoc: "a generated one",
    }),
    ansible_proxy_key_type: choice(["ECDSA", "RSA", "ecdsa", "rsa"], {
      doc: "Type of the keys generated for the proxy.",
      default: "ECDSA",
    }),
    sftp_command: text({
      doc: "SFTP server command on the machine.",
      defaultDoc: "OpenSSH's sftp-server",
    }),
    use_sftp: flag({
      doc: "Let Ansible choose the transfer method: SFTP, then scp, then a pipe. By default it uses a pipe, which needs no program on the machine.",
      default: false,
    }),
    skip_version_check: flag({ doc: "Do not check before the build that Ansible is installed.", default: false }),
    galaxy_file: text({ doc: "Requirements to install on this host first: roles, collections or both." }),
    galaxy_command: text({ doc: "Program that installs them.", default: "ansible-galaxy" }),
    galaxy_force_install: flag({ doc: "Reinstall roles and collections that are already installed.", default: false }),
    galaxy_force_with_deps: flag({ doc: "Reinstall roles and collections with their dependencies.", default: false }),
    roles_path: text({ doc: "Directory on this host to install roles in.", defaultDoc: "Ansible's default" }),
    collections_path: text({
      doc: "Directory on this host to install collections in.",
      defaultDoc: "Ansible's default",
    }),
    ansible_winrm_use_http: flag({ doc: "Adds `-e ansible_winrm_scheme=http`.", default: false }),
  },
  {
    check(options, complaints, context) {
      const checkPath = pathCheck(complaints, context);
      for (const option of ["playbook_file", "galaxy_file", "ssh_authorized_key_file", "ssh_host_key_file"] as const) {
        checkPath(option, options[option], "file");
      }
      checkPrivateKey("ssh_host_key_file", options.ssh_host_key_file, complaints, context);
      checkPath("inventory_directory", options.inventory_directory, "directory");
      if (options.local_port < 0 || options.local_port > 65_535) {
        complaints.error("local_port", `"local_port" must be a valid port, not ${options.local_port}`);
      }
      if (!options.skip_version_check)
        checkProgram({ option: "command", program: options.command, hint: INSTALL_ANSIBLE }, complaints, context);
    },
  },
);

export type AnsibleOptions = OptionsOf<typeof ansibleOptions>;

/** Ansible runs on the runner and connects to the machine. */
export const ansibleFacts: ProvisionerFacts<AnsibleOptions> = {
  runsOn: "runner",
  needsMachine: true,
  needsUnix: false,
  changesImage: true,
  subject: () => undefined,
};
