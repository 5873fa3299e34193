import { messageOf } from "../../core/errors.js";
import type { ProvisionerFacts } from "../../core/facts.js";
import type { Json } from "../../options/collections.js";
import { flag, json, late, list, text } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";
import { templateFile } from "../../options/template-fields.js";
import { pathCheck } from "../checks.js";
import { guestOsType } from "../guest.js";

/** Options of the chef-solo provisioner (Packer §5.8). */
export const chefSoloOptions = schema(
  {
    cookbook_paths: list(text({ doc: "A directory.", required: true }), { doc: "Directories of cookbooks to upload." }),
    remote_cookbook_paths: list(text({ doc: "A directory.", required: true }), {
      doc: "Directories of cookbooks that are already on the machine.",
    }),
    roles_path: text({ doc: "Directory of roles to upload." }),
    data_bags_path: text({ doc: "Directory of data bags to upload." }),
    encrypted_data_bag_secret_path: text({ doc: "Secret of encrypted data bags to upload." }),
    environments_path: text({ doc: "Directory of environments to upload." }),
    chef_environment: text({ doc: "Environment to use; needs `environments_path`." }),
    run_list: list(text({ doc: "An entry.", required: true }), { doc: "The run list." }),
    json: json({ doc: "Attributes of the node." }),
    json_string: text({ doc: "Attributes of the node as JSON text, for HCL2." }),
    config_template: templateFile({
      doc: "Template of `solo.rb`; `{{.CookbookPaths}}`, `{{.RolesPath}}`, `{{.DataBagsPath}}`, `{{.EncryptedDataBagSecretPath}}`, `{{.EnvironmentsPath}}`, each with a `{{.Has…}}`, `{{.ChefEnvironment}}` and `{{.ChefLicense}}` are filled in.",
      defaultDoc: "a generated one with the uploaded paths",
    }),
    execute_command: late({
      doc: "The command that runs Chef; `{{.ConfigPath}}`, `{{.JsonPath}}` and `{{.Sudo}}` are filled in.",
      defaultDoc:
        "`sudo chef-solo --no-color -c {{.ConfigPath}} -j {{.JsonPath}}`, on Windows the same with `c:/opscode/chef/bin/chef-solo.bat`",
    }),
    install_command: late({
      doc: "The command that installs Chef; `{{.Sudo}}` and `{{.Version}}` are filled in.",
      defaultDoc:
        "`curl -L https://omnitruck.chef.io/install.sh | sudo bash -s -- -v {{.Version}}`, on Windows Chef's `install.ps1`",
    }),
    skip_install: flag({ doc: "Do not install Chef; it must already be on the machine.", default: false }),
    version: text({ doc: "Version of Chef to install.", defaultDoc: "the latest" }),
    chef_license: text({
      doc: "Acceptance of Chef's license: `accept`, `accept-silent` or `accept-no-persist`.",
      defaultDoc: "`accept-silent` with the default `install_command`",
    }),
    prevent_sudo: flag({ doc: "Run without sudo.", default: false }),
    staging_directory: text({
      doc: "Directory on the machine to upload to.",
      defaultDoc: "`/tmp/packer-chef-solo`, on Windows `C:/Windows/Temp/packer-chef-solo`",
    }),
    guest_os_type: guestOsType,
  },
  {
    check(options, complaints, context) {
      const checkPath = pathCheck(complaints, context);
      checkPath("config_template", options.config_template?.path, "file");
      checkPath("encrypted_data_bag_secret_path", options.encrypted_data_bag_secret_path, "file");
      for (const option of ["roles_path", "data_bags_path", "environments_path"] as const) {
        checkPath(option, options[option], "directory");
      }
      options.cookbook_paths.forEach((path, index) => {
        checkPath(`cookbook_paths[${index}]`, path, "directory");
      });
      for (const option of ["json", "json_string"] as const) {
        const problem = parseAttributes(options[option]).problem;
        if (problem !== undefined) complaints.error(option, `"${option}" ${problem}`);
      }
    },
  },
);

export type ChefSoloOptions = OptionsOf<typeof chefSoloOptions>;

/** Chef runs on the machine. */
export const chefSoloFacts: ProvisionerFacts<ChefSoloOptions> = {
  runsOn: "machine",
  needsMachine: true,
  needsUnix: false,
  changesImage: true,
  subject: () => undefined,
};

/** Attributes of a node, or why they are invalid: `problem` completes a sentence that begins with the option's name. */
interface Attributes {
  readonly value: Readonly<Record<string, Json>>;
  readonly problem: string | undefined;
}

/** Parses attributes from an object, or from its JSON text. */
export function parseAttributes(given: Json | undefined): Attributes {
  if (given === undefined || given === null || given === "") return { value: {}, problem: undefined };
  let value: unknown = given;
  if (typeof given === "string") {
    try {
      value = JSON.parse(given);
    } catch (error) {
      return { value: {}, problem: `is not valid JSON: ${messageOf(error)}` };
    }
  }
  return isObject(value) ? { value, problem: undefined } : { value: {}, problem: "must be an object" };
}

function isObject(value: unknown): value is Readonly<Record<string, Json>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
