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
      const values = [
        ...options.environment_vars.map((pair, index) => {
          const at = pair.indexOf("=");
          return { option: `environment_vars[${index}]`, name: pair.slice(0, at), value: pair.slice(at + 1) };
        }),
        ...Object.entries(options.env).map(([name, value]) => ({ option: `env.${name}`, name, value })),
      ];
      for (const { option, name, value } of values) {
        const why = whyNotSettable(value, options.env_var_format);
        if (why === undefined) continue;
        complaints.refusal(
          option,
          `The value of ${name} has ${why}; the build fails`,
          "Pass it to a powershell provisioner, or upload it with a file provisioner.",
        );
      }
    },
  },
);

/**
 * Returns what in a value keeps a command of cmd.exe from setting it; undefined if nothing does. In the default format, a quote in the
 * value ends the quotes around it: what follows is a part of the command, and the script may never run.
 */
export function whyNotSettable(value: string, format: string | undefined): string | undefined {
  if (/[\r\n]/.test(value)) return "a line break, which a command of cmd.exe cannot have";
  const pieces = value.split('"');
  const outside = pieces.filter((_piece, index) => index % 2 === 1);
  if (format || (pieces.length % 2 === 1 && !outside.some((piece) => /[&|<>]/.test(piece)))) return undefined;
  return "double quotes that end its quotes in cmd.exe";
}

export type WindowsShellOptions = OptionsOf<typeof windowsShellOptions>;

/** Scripts run on the machine. */
export const windowsShellFacts: ProvisionerFacts<WindowsShellOptions> = {
  runsOn: "machine",
  needsMachine: true,
  needsUnix: false,
  changesImage: true,
  subject: ({ script, scripts }) => firstPath("script", [script, ...scripts]),
};
