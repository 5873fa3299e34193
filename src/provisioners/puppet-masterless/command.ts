import type { PuppetMasterlessOptions } from "./options.js";

/** What `execute_command` and `extra_arguments` may use (Packer §5.9); paths are the machine's. */
export type CommandFields = Readonly<{
  Debug: boolean;
  FacterVars: string;
  HieraConfigPath: string;
  ManifestDir: string;
  ManifestFile: string;
  ModulePath: string;
  ModulePathJoiner: string;
  PuppetBinDir: string;
  Sudo: boolean;
  WorkingDir: string;
}>;

/** The command that applies the manifest. */
export function puppetCommand(options: PuppetMasterlessOptions, fields: CommandFields): string {
  const extra = options.extra_arguments?.render({ ...fields, ExtraArguments: "" }) ?? "";
  if (options.execute_command) return options.execute_command.render({ ...fields, ExtraArguments: extra });
  const program = `${fields.PuppetBinDir ? `${fields.PuppetBinDir}/` : ""}puppet`;
  return [
    `cd ${fields.WorkingDir} &&`,
    fields.FacterVars,
    ...(fields.Sudo ? ["sudo -E"] : []),
    `${program} apply --detailed-exitcodes`,
    ...(fields.Debug ? ["--debug"] : []),
    ...(fields.ModulePath ? [`--modulepath='${fields.ModulePath}'`] : []),
    ...(fields.HieraConfigPath ? [`--hiera_config='${fields.HieraConfigPath}'`] : []),
    ...(fields.ManifestDir ? [`--manifestdir='${fields.ManifestDir}'`] : []),
    ...(extra ? [extra] : []),
    fields.ManifestFile,
  ].join(" ");
}
