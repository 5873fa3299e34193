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
      doc: "Paths of scripts to upload and run, one after the other.",
    }),
    inline_shebang: text({
      doc: "First line of the inline script, without `#!`.",
      defaultDoc: "`/bin/sh -e`, unless the first inline line starts with `#!`",
    }),
    environment_vars: list(text({ doc: "`KEY=value`.", required: true }), {
      doc: "Environment variables as `KEY=value`.",
    }),
    env: map({ doc: "Environment variables by name; they win over `environment_vars`." }),
    use_env_var_file: flag({
      doc: "Upload the variables as a file that is sourced, instead of writing them into the command.",
      default: false,
    }),
    env_var_format: text({
      doc: "How a variable is written, `%s` being its name and then its value.",
      defaultDoc: "`%s='%s' `, or a line `export %s='%s'` with `use_env_var_file`",
    }),
    execute_command: late({
      doc: "The command that runs the script; `{{.Path}}`, `{{.Vars}}` and `{{.EnvVarFile}}` are filled in.",
      defaultDoc: "`chmod +x {{.Path}}; {{.Vars}} {{.Path}}`",
    }),
    remote_folder: text({ doc: "Folder on the machine for scripts.", default: "/tmp" }),
    remote_file: text({ doc: "Name of the script on the machine.", defaultDoc: "`script_<number>.sh`" }),
    remote_path: text({ doc: "Path of the script on the machine.", defaultDoc: "`remote_folder`/`remote_file`" }),
    binary: flag({ doc: "Upload scripts as they are; otherwise CRLF becomes LF.", default: false }),
    valid_exit_codes: list(integer({ doc: "An exit code.", required: true }), {
      doc: "Exit codes that count as success.",
      default: [0],
    }),
    expect_disconnect: flag({ doc: "The script may end the connection, for example by a reboot.", default: false }),
    start_retry_timeout: duration({
      doc: "How long uploading and starting a script is tried while the machine cannot be reached.",
      default: 300_000,
    }),
    skip_clean: flag({ doc: "Leave the script on the machine.", default: false }),
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
  changesImage: true,
  subject: ({ script, scripts }) => firstPath("script", [script, ...scripts]),
};
