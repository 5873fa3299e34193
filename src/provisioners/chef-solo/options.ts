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
      doc: "Directories of cookbooks that are on the machine already.",
    }),
    roles_path: text({ doc: "Directory of roles to upload." }),
    data_bags_path: text({ doc: "Directory of data bags to upload." }),
    encrypted_data_bag_secret_path: text({ doc: "Secret of encrypted data bags to upload." }),
    environments_path: text({ doc: "Directory of environments to upload." }),
    chef_environment: text({ doc: "Environment to use; needs `environments_path`." }),
    run_list: list(text({ doc: "An entry.", required: true }), { doc: "The run list." }),
    json: json({ doc: "Attributes of the node." }),
    json_string: text({ doc: "The same as JSON text, for HCL2." }),
    config_template: templateFile({
      doc: "Template of `solo.rb`; `{{.CookbookPaths}}`, `{{.RolesPath}}`, `{{.DataBagsPath}}`, `{{.EncryptedDataBagSecretPath}}`, `{{.EnvironmentsPath}}`, each with a `{{.Has…}}`, `{{.ChefEnvironment}}` and `{{.ChefLicense}}` are filled in.",
      defaultDoc: "one with the paths that were uploaded",
    }),
    execute_command: late({
      doc: "The command that runs Chef; `{{.ConfigPath}}`, `{{.JsonPath}}` and `{{.Sudo}}` are filled in.",
      defaultDoc: "`sudo chef-solo --no-color -c {{.ConfigPath}} -j {{.JsonPath}}`",
    }),
    install_command: late({
      doc: "The command that installs Chef; `{{.Sudo}}` and `{{.Version}}` are filled in.",
      defaultDoc: "`curl -L https://omnitruck.chef.io/install.sh | sudo bash -s -- -v {{.Version}}`",
    }),
    skip_install: flag({ doc: "Chef is on the machine already.", default: false }),
    version: text({ doc: "Version of Chef to install.", defaultDoc: "the latest" }),
    chef_license: text({
      doc: "How Chef's licence is accepted: `accept`, `accept-silent` or `accept-no-persist`.",
      defaultDoc: "`accept-silent` where Chef is installed by the default command",
    }),
    prevent_sudo: flag({ doc: "Run without sudo.", default: false }),
    staging_directory: text({
      doc: "Directory on the machine for all that is uploaded.",
      default: "/tmp/packer-chef-solo",
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
        if (problem !== undefined) complaints.error(option, `${option}: ${problem}`);
      }
    },
  },
);

export type ChefSoloOptions = OptionsOf<typeof chefSoloOptions>;

/** Chef runs on the machine. */
export const chefSoloFacts: ProvisionerFacts<ChefSoloOptions> = {
  runsOn: "machine",
  needsMachine: true,
  changesImage: true,
  subject: () => undefined,
};

/** Attributes of a node, or why there are none. */
interface Attributes {
  readonly value: Readonly<Record<string, Json>>;
  readonly problem: string | undefined;
}

/** Attributes given as an object, or as JSON text of one. */
export function parseAttributes(given: Json | undefined): Attributes {
  if (given === undefined || given === null || given === "") return { value: {}, problem: undefined };
  let value: unknown = given;
  if (typeof given === "string") {
    try {
      value = JSON.parse(given);
    } catch (error) {
      return { value: {}, problem: `it is not JSON: ${messageOf(error)}` };
    }
  }
  return isObject(value) ? { value, problem: undefined } : { value: {}, problem: "it must be an object" };
}

function isObject(value: unknown): value is Readonly<Record<string, Json>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
