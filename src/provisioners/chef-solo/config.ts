import { type ChefSoloOptions, parseAttributes } from "./options.js";

/** Fields of the template of `solo.rb` (Packer §5.8); paths are on the machine. */
export type ConfigFields = Readonly<{
  /** Quoted paths with commas between them. */
  CookbookPaths: string;
  DataBagsPath: string;
  EncryptedDataBagSecretPath: string;
  RolesPath: string;
  EnvironmentsPath: string;
  ChefEnvironment: string;
  ChefLicense: string;
  HasDataBagsPath: boolean;
  HasEncryptedDataBagSecretPath: boolean;
  HasRolesPath: boolean;
  HasEnvironmentsPath: boolean;
}>;

/** Returns the fields for the uploaded files in the staging directory. */
export function configFields(options: ChefSoloOptions, staging: string): ConfigFields {
  const uploaded = options.cookbook_paths.map((_path, index) => `${staging}/cookbooks-${index}`);
  const at = (given: string | undefined, name: string) => (given ? `${staging}/${name}` : "");
  const installs = !options.skip_install && !options.install_command;
  return {
    CookbookPaths: [...options.remote_cookbook_paths, ...uploaded].map((path) => `"${path}"`).join(","),
    DataBagsPath: at(options.data_bags_path, "data_bags"),
    EncryptedDataBagSecretPath: at(options.encrypted_data_bag_secret_path, "encrypted_data_bag_secret"),
    RolesPath: at(options.roles_path, "roles"),
    EnvironmentsPath: at(options.environments_path, "environments"),
    ChefEnvironment: options.chef_environment ?? "",
    ChefLicense: options.chef_license || (installs ? "accept-silent" : ""),
    HasDataBagsPath: Boolean(options.data_bags_path),
    HasEncryptedDataBagSecretPath: Boolean(options.encrypted_data_bag_secret_path),
    HasRolesPath: Boolean(options.roles_path),
    HasEnvironmentsPath: Boolean(options.environments_path),
  };
}

/** Returns the default `solo.rb`, used without `config_template`. */
export function defaultConfig(fields: ConfigFields): string {
  const lines: readonly (readonly [name: string, value: string])[] = [
    ["chef_license", fields.ChefLicense],
    ["role_path", fields.RolesPath],
    ["data_bag_path", fields.DataBagsPath],
    ["encrypted_data_bag_secret", fields.EncryptedDataBagSecretPath],
    ["environment_path", fields.EnvironmentsPath],
    ["environment", fields.HasEnvironmentsPath ? fields.ChefEnvironment : ""],
  ];
  return [
    `cookbook_path [${fields.CookbookPaths}]`,
    ...lines.filter(([, value]) => value !== "").map(([name, value]) => `${name} "${value}"`),
    "",
  ].join("\n");
}

/** Returns the JSON attribute file of Chef: the template's attributes, and the run list. */
export function nodeJson({ json, json_string: text, run_list: runList }: ChefSoloOptions): string {
  const attributes = {
    ...parseAttributes(json).value,
    ...parseAttributes(text).value,
    ...(runList.length > 0 ? { run_list: runList } : {}),
  };
  return JSON.stringify(attributes, undefined, 2);
}
