import type { ProvisionerFacts } from "../../core/facts.js";
import { flag, late, list, map, text } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";
import { joinedLate } from "../../options/template-fields.js";
import { pathCheck } from "../checks.js";
import { guestOsType } from "../guest.js";

/** Options of the puppet-masterless provisioner (Packer §5.9). */
export const puppetMasterlessOptions = schema(
  {
    manifest_file: text({ doc: "Manifest to upload and apply: a file, or a directory of them.", required: true }),
    manifest_dir: text({
      doc: "Directory of manifests to upload and pass as `--manifestdir`, which Puppet 4 and later do not support.",
    }),
    module_paths: list(text({ doc: "A directory.", required: true }), { doc: "Directories of modules to upload." }),
    hiera_config_path: text({ doc: "Hiera configuration to upload." }),
    facter: map({
      doc: "Facts, set as `FACTER_` variables in addition to `packer_build_name` and `packer_builder_type`.",
    }),
    extra_arguments: joinedLate({
      doc: "Arguments for Puppet, joined by spaces; they may use the fields of `execute_command`.",
    }),
    execute_command: late({
      doc: "The command that applies the manifest; `{{.WorkingDir}}`, `{{.FacterVars}}`, `{{.Sudo}}`, `{{.PuppetBinDir}}`, `{{.Debug}}`, `{{.ModulePath}}`, `{{.ModulePathJoiner}}`, `{{.HieraConfigPath}}`, `{{.ManifestDir}}`, `{{.ManifestFile}}` and `{{.ExtraArguments}}` are filled in.",
      defaultDoc:
        "`cd WorkingDir && FACTER_…='…' sudo -E puppet apply --detailed-exitcodes --modulepath='…' --hiera_config='…' ManifestFile`",
    }),
    ignore_exit_codes: flag({
      doc: "Ignore Puppet's exit code; by default 0 and 2 mean success.",
      default: false,
    }),
    prevent_sudo: flag({ doc: "Run without sudo.", default: false }),
    puppet_bin_dir: text({ doc: "Directory of the program `puppet`.", defaultDoc: "the PATH" }),
    staging_directory: text({
      doc: "Directory on the machine to upload to.",
      defaultDoc: "`/tmp/packer-puppet-masterless`, on Windows `C:/Windows/Temp/packer-puppet-masterless`",
    }),
    working_directory: text({ doc: "Directory that the command runs in.", defaultDoc: "`staging_directory`" }),
    clean_staging_directory: flag({ doc: "Remove the staging directory afterwards.", default: false }),
    guest_os_type: guestOsType,
    elevated_user: text({
      doc: "User that runs the command in a scheduled task with the highest privileges, on Windows.",
      defaultDoc: "the login user, without a task",
    }),
    elevated_password: late({ doc: "Password of `elevated_user`; not set for a service account.", secret: true }),
  },
  {
    check(options, complaints, context) {
      const checkPath = pathCheck(complaints, context);
      checkPath("manifest_file", options.manifest_file, "either");
      checkPath("manifest_dir", options.manifest_dir, "directory");
      checkPath("hiera_config_path", options.hiera_config_path, "file");
      options.module_paths.forEach((path, index) => {
        checkPath(`module_paths[${index}]`, path, "directory");
      });
    },
  },
);

export type PuppetMasterlessOptions = OptionsOf<typeof puppetMasterlessOptions>;

/** Puppet runs on the machine. */
export const puppetMasterlessFacts: ProvisionerFacts<PuppetMasterlessOptions> = {
  runsOn: "machine",
  needsMachine: true,
  needsUnix: false,
  changesImage: true,
  subject: () => undefined,
};
