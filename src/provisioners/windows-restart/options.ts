import type { ProvisionerFacts } from "../../core/facts.js";
import { duration, flag, list, text } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";

const SERVICING = "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing";

/** Options of the windows-restart provisioner (Packer §5.5). */
export const windowsRestartOptions = schema({
  restart_command: text({
    doc: "The command that restarts Windows.",
    defaultDoc: '`shutdown /r /f /t 0 /c "packer restart"`',
  }),
  restart_check_command: text({
    doc: "A command that must run once after the restart; its output is printed.",
    defaultDoc: "PowerShell must print the name of the machine",
  }),
  restart_timeout: duration({ doc: "How long to wait until Windows has restarted.", default: 300_000 }),
  check_registry: flag({ doc: "Wait until no registry key says that a restart is pending.", default: false }),
  registry_keys: list(text({ doc: "A key, for example `HKLM:SOFTWARE\\…`.", required: true }), {
    doc: "The keys of `check_registry`.",
    defaultDoc: "`RebootPending`, `PackagesPending` and `RebootInProgress` of Component Based Servicing",
    default: ["RebootPending", "PackagesPending", "RebootInProgress"].map((key) => `HKLM:${SERVICING}\\${key}`),
  }),
});

export type WindowsRestartOptions = OptionsOf<typeof windowsRestartOptions>;

/** Restarts the machine. */
export const windowsRestartFacts: ProvisionerFacts<WindowsRestartOptions> = {
  runsOn: "machine",
  needsMachine: true,
  needsUnix: false,
  changesImage: "by its options",
  subject: () => undefined,
};
