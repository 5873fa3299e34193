import type { ProvisionerFacts } from "../../core/facts.js";
import { choice, flag, integer, late, list, map, text, unsplitList } from "../../options/fields.js";
import { type CheckContext, type Complaints, type OptionsOf, schema } from "../../options/schema.js";
import { checkEnvironment, checkScripts, type EnvironmentOptions, type ScriptOptions } from "../scripts.js";

const commandPart = late({ doc: "A part of the command.", required: true });

/** A list of templates in which a single string is one part: its commas belong to the command. */
const executeCommand = unsplitList(commandPart, {
  doc: "Command and arguments that run the script; `{{.Vars}}`, `{{.Script}}` and `{{.Command}}` are filled in. One part alone is given to `sh -c`.",
  defaultDoc:
    '`["/bin/sh", "-c", "{{.Vars}} {{.Script}}"]`; on Windows `["cmd", "/V", "/C", "{{.Vars}}", "call", "{{.Script}}"]`',
});

/** Options of shell-local, the provisioner and the post-processor (Packer §5.2). */
export const shellLocalFields = {
  command: text({ doc: "A command to run; `inline` with one line does the same." }),
  inline: list(text({ doc: "A line of the script.", required: true }), { doc: "Lines of a script, run as one file." }),
  script: text({ doc: "Path of a script to run." }),
  scripts: list(text({ doc: "Path of a script.", required: true }), {
    doc: "Paths of scripts to run, one after the other.",
  }),
  execute_command: executeCommand,
  inline_shebang: text({
    doc: "First line of the inline script, without `#!`; also where the first inline line is one.",
    defaultDoc: "`/bin/sh -e`",
  }),
  environment_vars: list(text({ doc: "`KEY=value`.", required: true }), {
    doc: "Environment variables as `KEY=value`.",
  }),
  env: map({ doc: "Environment variables by name; they win over `environment_vars`." }),
  env_var_format: text({
    doc: "How a variable is written, `%s` being its name and then its value.",
    defaultDoc: "`%s='%s' `; on Windows `set \"%s=%s\" && `",
  }),
  only_on: list(
    choice(["darwin", "freebsd", "linux", "openbsd", "solaris", "windows"], { doc: "A system.", required: true }),
    { doc: "Run on these systems alone." },
  ),
  tempfile_extension: text({ doc: "Extension of the inline script's file.", defaultDoc: "none; on Windows `.cmd`" }),
  use_linux_pathing: flag({
    doc: "Write paths as the Windows Subsystem for Linux does.",
    default: false,
    unsupported: "Run the build in the Linux subsystem itself.",
  }),
  valid_exit_codes: list(integer({ doc: "An exit code.", required: true }), {
    doc: "Exit codes that count as success.",
    default: [0],
  }),
};

/** What the checks of shell-local need of its options. */
type Checked = ScriptOptions & EnvironmentOptions & { readonly command: string | undefined };

/** Rules over the options; for the schemas of both kinds of shell-local. */
export function checkShellLocal(options: Checked, complaints: Complaints, context: CheckContext): void {
  if (!options.command) checkScripts(options, complaints, context);
  else if (options.script || options.scripts.length > 0 || options.inline.length > 0) {
    complaints.error("command", 'only one of "command", "inline", "script" and "scripts" can be specified');
  }
  checkEnvironment(options, complaints);
}

export const shellLocalOptions = schema(shellLocalFields, { check: checkShellLocal });

export type ShellLocalOptions = OptionsOf<typeof shellLocalOptions>;

/** Scripts run on the runner; what they do to the image is theirs to know. */
export const shellLocalFacts: ProvisionerFacts<ShellLocalOptions> = {
  runsOn: "runner",
  needsMachine: false,
  changesImage: true,
  subject: () => undefined,
};
