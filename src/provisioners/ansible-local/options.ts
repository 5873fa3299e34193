import { firstPath, type ProvisionerFacts } from "../../core/facts.js";
import { flag, list, text } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";
import { pathCheck } from "../checks.js";

const directories = (doc: string) => list(text({ doc: "A directory.", required: true }), { doc });

/** Options of the ansible-local provisioner (Packer §5.7). */
export const ansibleLocalOptions = schema(
  {
    playbook_file: text({ doc: "Playbook to upload and run." }),
    playbook_files: list(text({ doc: "A playbook.", required: true }), {
      doc: "Playbooks to run in order; those inside `playbook_dir` are uploaded with it.",
    }),
    playbook_dir: text({ doc: "Directory uploaded as the staging directory." }),
    playbook_paths: directories("More directories of playbooks, uploaded to `playbooks` in the staging directory."),
    role_paths: directories("Directories of roles, uploaded to `roles` in the staging directory."),
    collection_paths: directories("Directories of collections, uploaded to `collections` in the staging directory."),
    group_vars: text({ doc: "Directory uploaded as `group_vars`." }),
    host_vars: text({ doc: "Directory uploaded as `host_vars`." }),
    inventory_file: text({ doc: "Inventory to upload.", defaultDoc: "one with the host 127.0.0.1" }),
    inventory_groups: list(text({ doc: "A group.", required: true }), {
      doc: "Groups of 127.0.0.1 in the generated inventory.",
    }),
    command: text({
      doc: "Command that runs a playbook.",
      default: "ANSIBLE_FORCE_COLOR=1 PYTHONUNBUFFERED=1 ansible-playbook",
    }),
    extra_arguments: list(text({ doc: "An argument, unquoted.", required: true }), {
      doc: "Arguments appended to the command.",
    }),
    galaxy_file: text({ doc: "Requirements to install on the machine: roles, collections or both." }),
    galaxy_command: text({ doc: "Command that installs them.", default: "ansible-galaxy" }),
    galaxy_force_install: flag({ doc: "Reinstall roles and collections that are already installed.", default: false }),
    galaxy_roles_path: text({ doc: "Directory to install roles in.", defaultDoc: "`roles` in the staging directory" }),
    galaxy_collections_path: text({
      doc: "Directory to install collections in.",
      defaultDoc: "`collections` in the staging directory",
    }),
    staging_directory: text({
      doc: "Directory on the machine to upload to.",
      defaultDoc: "`/tmp/packer-provisioner-ansible-local/<uuid>`",
    }),
    clean_staging_directory: flag({ doc: "Remove the staging directory afterwards.", default: false }),
  },
  {
    check(options, complaints, context) {
      const { playbook_file: file, playbook_files: files } = options;
      if (file && files.length > 0) {
        complaints.error("playbook_files", "Either playbook_file or playbook_files can be specified, not both");
      }
      if (!file && files.length === 0) {
        complaints.error("", "Either playbook_file or playbook_files must be specified");
      }
      const check = pathCheck(complaints, context);
      for (const option of ["playbook_file", "inventory_file", "galaxy_file"] as const) {
        check(option, options[option], "file");
      }
      for (const option of ["playbook_dir", "group_vars", "host_vars"] as const) {
        check(option, options[option], "directory");
      }
      files.forEach((path, index) => {
        check(`playbook_files[${index}]`, path, "file");
      });
      for (const option of ["playbook_paths", "role_paths", "collection_paths"] as const) {
        options[option].forEach((path, index) => {
          check(`${option}[${index}]`, path, "directory");
        });
      }
    },
  },
);

export type AnsibleLocalOptions = OptionsOf<typeof ansibleLocalOptions>;

/** Ansible runs on the machine. */
export const ansibleLocalFacts: ProvisionerFacts<AnsibleLocalOptions> = {
  runsOn: "machine",
  needsMachine: true,
  needsUnix: true,
  changesImage: true,
  subject: ({ playbook_file }) => firstPath("ansible-local", [playbook_file]),
};
