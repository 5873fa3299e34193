import type { ProvisionerFacts } from "../../core/facts.js";
import { duration, integer, late, list, text } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";

/** Options of the windows-update provisioner, which Packer has as a community plugin (rgl/windows-update). */
export const windowsUpdateOptions = schema(
  {
    search_criteria: text({
      doc: "Updates to search for, as in `IUpdateSearcher.Search` of the Windows Update Agent.",
      default: "BrowseOnly=0 and IsInstalled=0",
    }),
    filters: list(text({ doc: "`include:EXPRESSION` or `exclude:EXPRESSION`.", required: true }), {
      doc: "Filters; the first one whose PowerShell expression is true for an update (`$_`) decides. An update without one is not installed.",
      default: ["include:$true"],
    }),
    update_limit: integer({ doc: "How many updates to install at a time.", default: 1000 }),
    update_max_retries: integer({ doc: "How often to run the installation if it fails.", default: 5 }),
    restart_timeout: duration({ doc: "How long to wait until Windows has restarted.", default: 14_400_000 }),
    username: text({ doc: "User of the scheduled task that installs the updates.", default: "SYSTEM" }),
    password: late({ doc: "Password of that user; not set for a service account.", secret: true }),
  },
  {
    check(options, complaints) {
      options.filters.forEach((filter, index) => {
        if (/^(include|exclude):./s.test(filter)) return;
        complaints.error(
          `filters[${index}]`,
          `"filters" has an entry without an action: "${filter}"`,
          'Write it as "include:EXPRESSION" or "exclude:EXPRESSION".',
        );
      });
      for (const option of ["update_limit", "update_max_retries"] as const) {
        if (options[option] < 0) complaints.error(option, `"${option}" must not be negative`);
      }
    },
  },
);

export type WindowsUpdateOptions = OptionsOf<typeof windowsUpdateOptions>;

/** Installs updates, which change from day to day, on the machine. */
export const windowsUpdateFacts: ProvisionerFacts<WindowsUpdateOptions> = {
  runsOn: "machine",
  needsMachine: true,
  needsUnix: false,
  changesImage: "by its options",
  subject: () => undefined,
};
