import { firstPath, type ProvisionerFacts } from "../../core/facts.js";
import { duration, flag, integer, late, lateMap, list, parsed, text } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";
import { checkScripts } from "../scripts.js";
import { scriptFields } from "../windows/script-fields.js";

/** Execution policies, in the order of their numbers in Packer. */
const POLICIES = [
  "bypass",
  "allsigned",
  "default",
  "remotesigned",
  "restricted",
  "undefined",
  "unrestricted",
  "none",
] as const;

type ExecutionPolicy = (typeof POLICIES)[number];

const FORMAT = '$env:%s="%s"; ';

/** Options of the powershell provisioner (Packer §5.5). */
export const powershellOptions = schema(
  {
    ...scriptFields,
    environment_vars: list(late({ doc: "`KEY=value`.", required: true }), {
      doc: "Environment variables as `KEY=value`.",
    }),
    env: lateMap({ doc: "Environment variables by name; they override `environment_vars`." }),
    env_var_format: text({
      doc: "Format of a variable; the first `%s` is its name, the second its value.",
      defaultDoc: `\`${FORMAT}\``,
    }),
    elevated_env_var_format: text({
      doc: "The same with `elevated_user`.",
      defaultDoc: `\`${FORMAT}\``,
    }),
    execute_command: late({
      doc: "The command that runs the script; `{{.Path}}` is the script, `{{.Vars}}` the file of the variables.",
      defaultDoc:
        "`powershell -executionpolicy bypass -file {{.Path}}` with `inline`, else a command that reads the variables, runs the script and exits with its exit code",
    }),
    elevated_execute_command: late({
      doc: "The command with `elevated_user`.",
      defaultDoc: "as `execute_command`",
    }),
    elevated_user: text({
      doc: "User that runs the script in a scheduled task with the highest privileges.",
      defaultDoc: "the login user, without a task",
    }),
    elevated_password: late({
      doc: "Password of `elevated_user`; not set for a service account such as `SYSTEM`. `{{.WinRMPassword}}` is the instance's password.",
      secret: true,
    }),
    execution_policy: parsed<ExecutionPolicy, { readonly doc: string; readonly default: ExecutionPolicy }>(
      POLICIES.map((policy) => `\`${policy}\``).join(" \\| "),
      readPolicy,
      { doc: "Execution policy of PowerShell; `none` sets none.", default: "bypass" },
    ),
    remote_path: text({
      doc: "Path of the script on the machine.",
      defaultDoc: "`c:/Windows/Temp/script-<uuid>.ps1`",
    }),
    remote_env_var_path: text({
      doc: "Path of the file of the variables on the machine.",
      defaultDoc: "`c:/Windows/Temp/packer-ps-env-vars-<uuid>.ps1`",
    }),
    use_pwsh: flag({ doc: "Run `pwsh` (PowerShell 7) instead of Windows PowerShell.", default: false }),
    debug_mode: integer({ doc: "Trace level of `Set-PSDebug`: 0, 1 or 2.", default: 0 }),
    skip_clean: flag({ doc: "Do not remove the script and the variables from the machine.", default: false }),
    pause_after: duration({ doc: "How long to wait after the last script.", default: 0, unfingerprinted: true }),
  },
  {
    check(options, complaints, context) {
      checkScripts(options, complaints, context);
      options.environment_vars.forEach((pair, index) => {
        if (pair.source.indexOf("=") > 0) return;
        complaints.error(
          `environment_vars[${index}]`,
          `Environment variable not in format 'key=value': "${pair.source}"`,
          'Write it as "KEY=value".',
        );
      });
      if (!options.elevated_user && options.elevated_password?.source) {
        complaints.error("elevated_password", `Must supply an 'elevated_user' if 'elevated_password' provided`);
      }
      if (options.debug_mode < 0 || options.debug_mode > 2) {
        complaints.error(
          "debug_mode",
          `${options.debug_mode} is an invalid Trace level for "debug_mode"; valid values are 0, 1, and 2`,
        );
      }
    },
  },
);

/** Reads an execution policy by its name in any case, or by its number in Packer. */
function readPolicy(given: string): { readonly value: ExecutionPolicy } | { readonly complaint: string } {
  const name = given.toLowerCase();
  const policy = POLICIES.find((each) => each === name) ?? POLICIES[numberOf(name)];
  if (policy !== undefined) return { value: policy };
  const names = POLICIES.map((each) => `"${each}"`).join(", ");
  return { complaint: `is an invalid execution policy: "${given}". Please supply one of: ${names}` };
}

function numberOf(text: string): number {
  return /^\d$/.test(text) ? Number(text) : -1;
}

export type PowershellOptions = OptionsOf<typeof powershellOptions>;

/** Scripts run on the machine. */
export const powershellFacts: ProvisionerFacts<PowershellOptions> = {
  runsOn: "machine",
  needsMachine: true,
  needsUnix: false,
  changesImage: true,
  subject: ({ script, scripts }) => firstPath("script", [script, ...scripts]),
};
