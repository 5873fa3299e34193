import { firstPath, type ProvisionerFacts } from "../../core/facts.js";
import { late, list, map, text } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";
import { checkEnvironment, checkScripts } from "../scripts.js";
import { scriptFields } from "../windows/script-fields.js";

/** Options of the windows-shell provisioner (Packer §5.5). */
export const windowsShellOptions = schema(
  {
    ...scriptFields,
    environment_vars: list(text({ doc: "`KEY=value`.", required: true }), {
      doc: "Environment variables as `KEY=value`. cmd.exe expands `%NAME%` in values.",
    }),
    env: map({ doc: "Environment variables by name; they override `environment_vars`." }),
    env_var_format: text({
      doc: "Format of a variable; the first `%s` is its name, the second its value.",
      defaultDoc: '`set "%s=%s" && `',
    }),
    execute_command: late({
      doc: "The command that runs the script; `{{.Path}}` and `{{.Vars}}` are filled in.",
      defaultDoc: '`{{.Vars}}"{{.Path}}"`',
    }),
    remote_path: text({
      doc: "Path of the script on the machine. It is not removed.",
      default: "c:/Windows/Temp/script.bat",
    }),
  },
  {
    check(options, complaints, context) {
      checkScripts(options, complaints, context);
      checkEnvironment(options, complaints);
      const report = (option: string, name: string) =>
        complaints.refusal(
          option,
          `The value of ${name} has a line break, which a command of cmd.exe cannot have; the build fails`,
          "Pass it to a powershell provisioner, or upload it with a file provisioner.",
        );
      options.environment_vars.forEach((pair, index) => {
        if (/[\r\n]/.test(pair)) report(`environment_vars[${index}]`, pair.split("=")[0] ?? "");
      });
      for (const [name, value] of Object.entries(options.env)) {
        if (/[\r\n]/.test(value)) report(`env.${name}`, name);
      }
    },
  },
);

export type WindowsShellOptions = OptionsOf<typeof windowsShellOptions>;

/** Scripts run on the machine. */
export const windowsShellFacts: ProvisionerFacts<WindowsShellOptions> = {
  runsOn: "machine",
  needsMachine: true,
  needsUnix: false,
  changesImage: true,
  subject: ({ script, scripts }) => firstPath("script", [script, ...scripts]),
};
