import type { ProvisionerFacts } from "../../core/facts.js";
import { choice, flag, integer, late, list, map, text, unsplitList } from "../../options/fields.js";
import { type CheckContext, type Complaints, type OptionsOf, schema } from "../../options/schema.js";
import { checkEnvironment, checkScripts, type EnvironmentOptions, type ScriptOptions } from "../scripts.js";

const commandPart = late({ doc: "A part of the command.", required: true });

/** A list of templates. A single string is one part, and may contain commas. */
const executeCommand = unsplitList(commandPart, {
  doc: "Command and arguments that run the script; `{{.Vars}}`, `{{.Script}}` and `{{.Command}}` are filled in. A single part runs with `sh -c`.",
  defaultDoc:
    '`["/bin/sh", "-c", "{{.Vars}} {{.Script}}"]`; on Windows `["cmd", "/V", "/C", "{{.Vars}}", "call", "{{.Script}}"]`',
});

/** Options of shell-local, the provisioner and the post-processor (Packer §5.2). */
export const shellLocalFields = {
  command: text({ doc: "A command to run; the same as `inline` with one line." }),
  inline: list(text({ doc: "A line of the script.", required: true }), { doc: "Lines of a script, run as one file." }),
  script: text({ doc: "Path of a script to run." }),
  scripts: list(text({ doc: "Path of a script.", required: true }), {
    doc: "Paths of scripts to run, in order.",
  }),
  execute_command: executeCommand,
  inline_shebang: text({
    doc: "Shebang of the inline script, without `#!`; added even when the first inline line has one.",
    defaultDoc: "`/bin/sh -e`",
  }),
  environment_vars: list(text({ doc: "`KEY=value`.", required: true }), {
    doc: "Environment variables as `KEY=value`.",
  }),
  env: map({ doc: "Environment variables by name; they override `environment_vars`." }),
  env_var_format: text({
    doc: "Format of a variable; the first `%s` is its name, the second its value.",
    defaultDoc: "`%s='%s' `; on Windows `set \"%s=%s\" && `",
  }),
  only_on: list(
    choice(["darwin", "freebsd", "linux", "openbsd", "solaris", "windows"], {
      doc: "An operating system.",
      required: true,
    }),
    { doc: "Operating systems to run on." },
  ),
  tempfile_extension: text({ doc: "File extension of the inline script.", defaultDoc: "none; on Windows `.cmd`" }),
  use_linux_pathing: flag({
    doc: "Convert paths for the Windows Subsystem for Linux.",
    default: false,
    unsupported: "Run the build in the Windows Subsystem for Linux.",
  }),
  valid_exit_codes: list(integer({ doc: "An exit code.", required: true }), {
    doc: "Exit codes that mean success.",
    default: [0],
  }),
};

/** The options that are checked. */
type Checked = ScriptOptions & EnvironmentOptions & { readonly command: string | undefined };

/** Checks the options of both kinds of shell-local. */
export function checkShellLocal(options: Checked, complaints: Complaints, context: CheckContext): void {
  if (!options.command) checkScripts(options, complaints, context);
  else if (options.script || options.scripts.length > 0 || options.inline.length > 0) {
    complaints.error("command", 'Only one of "command", "inline", "script" and "scripts" can be specified');
  }
  checkEnvironment(options, complaints);
}

export const shellLocalOptions = schema(shellLocalFields, { check: checkShellLocal });

export type ShellLocalOptions = OptionsOf<typeof shellLocalOptions>;

/** Scripts run on the runner; their effect on the image is unknown. */
export const shellLocalFacts: ProvisionerFacts<ShellLocalOptions> = {
  runsOn: "runner",
  needsMachine: false,
  needsUnix: false,
  changesImage: true,
  subject: () => undefined,
};
