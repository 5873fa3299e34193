import type { ProvisionerFacts } from "../../core/facts.js";
import { choice, flag, integer, late, list, text } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";
import { checkProgram, pathCheck } from "../checks.js";

/** What to do when Ansible is not on this machine. */
export const INSTALL_ANSIBLE =
  'Install it where the bake runs, for example with "pipx install ansible-core", or name the program in "command"; with "skip_version_check" it may also appear during the build.';

/** Options of the ansible provisioner, which runs Ansible on this machine (Packer §5.6). */
export const ansibleOptions = schema(
  {
    playbook_file: text({ doc: "Playbook to run.", required: true }),
    command: text({
      doc: "Program that runs a playbook: a name or a path, without arguments.",
      default: "ansible-playbook",
    }),
    extra_arguments: list(late({ doc: "An argument; no shell reads it.", required: true }), {
      doc: "Arguments for the program; values whose names contain `password` or `secret` are masked.",
    }),
    ansible_env_vars: list(late({ doc: "`KEY=value`.", required: true }), {
      doc: "Environment variables for Ansible, as `KEY=value`.",
    }),
    ansible_ssh_extra_args: list(
      text({ doc: "Options of ssh, for example `-o IdentitiesOnly=yes`.", required: true }),
      {
        doc: "What `--ssh-extra-args` is given.",
        defaultDoc: "`-o IdentitiesOnly=yes`",
      },
    ),
    groups: list(text({ doc: "A group.", required: true }), { doc: "Groups that the inventory puts the machine in." }),
    empty_groups: list(text({ doc: "A group.", required: true }), {
      doc: "Groups that the inventory has without hosts.",
    }),
    host_alias: text({ doc: "Name of the machine in the inventory.", default: "default" }),
    user: text({
      doc: "User that Ansible logs in as (`ansible_user`).",
      defaultDoc: "the user that the build itself logs in as",
    }),
    inventory_file: text({ doc: "Inventory to use.", defaultDoc: "one made for the build" }),
    inventory_directory: text({
      doc: "Folder for the inventory made for the build, so that `group_vars` and `host_vars` beside it are read.",
      defaultDoc: "a temporary folder",
    }),
    inventory_file_template: late({
      doc: "The machine's line in the inventory; `{{.HostAlias}}`, `{{.Host}}`, `{{.Port}}`, `{{.User}}` are filled in.",
      defaultDoc: "`{{.HostAlias}} ansible_host={{.Host}} ansible_user={{.User}} ansible_port={{.Port}}`",
    }),
    keep_inventory_file: flag({ doc: "Leave the inventory made for the build in place.", default: false }),
    use_proxy: flag({
      doc: "Let Ansible reach the machine through an SSH server on this machine that passes all on over the build's own connection; `false` gives it the machine's address and key.",
      defaultDoc: "`true`",
    }),
    local_port: integer({
      doc: "Port of that server; the first free one of ten from here. 0 takes any.",
      default: 0,
    }),
    ssh_host_key_file: text({
      doc: "Private key of that server, which Ansible checks against your own `known_hosts`.",
      defaultDoc: "one made for the build, and checked",
    }),
    ssh_authorized_key_file: text({
      doc: "Public key that may log in to that server; Ansible must know the private key by itself.",
      defaultDoc: "one made for the build",
    }),
    ansible_proxy_key_type: choice(["ECDSA", "RSA", "ecdsa", "rsa"], {
      doc: "Kind of the keys made for that server.",
      default: "ECDSA",
    }),
    sftp_command: text({
      doc: "Command on the machine that serves SFTP.",
      defaultDoc: "OpenSSH's sftp-server, wherever it is",
    }),
    use_sftp: flag({
      doc: "Let Ansible choose how it sends files: SFTP, then scp, then a plain pipe. Otherwise it takes the pipe, which needs no program on the machine.",
      default: false,
    }),
    skip_version_check: flag({ doc: "Do not look for Ansible before the build starts.", default: false }),
    galaxy_file: text({ doc: "Requirements to install on this machine first: roles, collections or both." }),
    galaxy_command: text({ doc: "Program that installs them.", default: "ansible-galaxy" }),
    galaxy_force_install: flag({ doc: "Install again what is there already.", default: false }),
    galaxy_force_with_deps: flag({ doc: "The same, with what it depends on.", default: false }),
    roles_path: text({ doc: "Folder on this machine to install roles to.", defaultDoc: "Ansible's own" }),
    collections_path: text({ doc: "Folder on this machine to install collections to.", defaultDoc: "Ansible's own" }),
    ansible_winrm_use_http: flag({ doc: "Adds `-e ansible_winrm_scheme=http`.", default: false }),
  },
  {
    check(options, complaints, context) {
      const checkPath = pathCheck(complaints, context);
      for (const option of ["playbook_file", "galaxy_file", "ssh_authorized_key_file", "ssh_host_key_file"] as const) {
        checkPath(option, options[option], "file");
      }
      checkPath("inventory_directory", options.inventory_directory, "directory");
      if (options.local_port < 0 || options.local_port > 65_535) {
        complaints.error("local_port", `local_port: ${options.local_port} must be a valid port`);
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
  changesImage: true,
  subject: () => undefined,
};
