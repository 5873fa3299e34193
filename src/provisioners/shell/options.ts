import { firstPath, type ProvisionerFacts } from "../../core/facts.js";
import { duration, flag, integer, late, list, map, text } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";
import { checkEnvironment, checkScripts } from "../scripts.js";

/** Options of the shell provisioner (Packer §5.1). */
export const shellOptions = schema(
  {
    inline: list(text({ doc: "A line of the script.", required: true }), {
      doc: "Lines of a script, run as one file.",
    }),
    script: text({ doc: "Path of a script to upload and run." }),
    scripts: list(text({ doc: "Path of a script.", required: true }), {
      doc: "Paths of scripts to upload and run, in order.",
    }),
    inline_shebang: text({
      doc: "Shebang of the inline script, without `#!`.",
      defaultDoc: "`/bin/sh -e`, unless the first inline line starts with `#!`",
    }),
    environment_vars: list(text({ doc: "`KEY=value`.", required: true }), {
      doc: "Environment variables as `KEY=value`.",
    }),
    env: map({ doc: "Environment variables by name; they override `environment_vars`." }),
    use_env_var_file: flag({
      doc: "Upload the variables as a file and source it, instead of adding them to the command.",
      default: false,
    }),
    env_var_format: text({
      doc: "Format of a variable; the first `%s` is its name, the second its value.",
      defaultDoc: "`%s='%s' `, or a line `export %s='%s'` with `use_env_var_file`",
    }),
    execute_command: late({
      doc: "The command that runs the script; `{{.Path}}`, `{{.Vars}}` and `{{.EnvVarFile}}` are filled in.",
      defaultDoc: "`chmod +x {{.Path}}; {{.Vars}} {{.Path}}`",
    }),
    remote_folder: text({ doc: "Directory on the machine for scripts.", default: "/tmp" }),
    remote_file: text({ doc: "Name of the script on the machine.", defaultDoc: "`script_<number>.sh`" }),
    remote_path: text({ doc: "Path of the script on the machine.", defaultDoc: "`remote_folder`/`remote_file`" }),
    binary: flag({
      doc: "Upload scripts unchanged; by default CRLF is converted to LF, in `inline` too.",
      default: false,
    }),
    valid_exit_codes: list(integer({ doc: "An exit code.", required: true }), {
      doc: "Exit codes that mean success.",
      default: [0],
    }),
    expect_disconnect: flag({ doc: "The script may end the connection, for example by a reboot.", default: false }),
    start_retry_timeout: duration({
      doc: "How long to retry uploading and starting a script while the machine is not reachable.",
      default: 300_000,
    }),
    skip_clean: flag({ doc: "Do not remove the script from the machine.", default: false }),
    pause_after: duration({ doc: "How long to wait after the last script.", default: 0, unfingerprinted: true }),
  },
  {
    check(options, complaints, context) {
      checkScripts(options, complaints, context);
      checkEnvironment(options, complaints);
    },
  },
);

export type ShellOptions = OptionsOf<typeof shellOptions>;

/** Scripts run on the machine. */
export const shellFacts: ProvisionerFacts<ShellOptions> = {
  runsOn: "machine",
  needsMachine: true,
  needsUnix: true,
  changesImage: true,
  subject: ({ script, scripts }) => firstPath("script", [script, ...scripts]),
};
