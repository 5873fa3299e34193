import { type Diagnostic, hasErrors } from "../../core/diagnostics.js";
import { BakeError, toDiagnostic } from "../../core/errors.js";
import type { PermissionStatement } from "../../core/permissions.js";
import type { PreparedTemplate } from "../../engine/api.js";
import { readTextFile } from "../../engine/files.js";
import { bakeRequest } from "../../engine/requests/bake.js";
import { requestedTrust } from "../../engine/requests/policy.js";
import { command } from "../command.js";
import { chooseColour, columns, printer } from "../printer.js";

/** Purposes whose policy is of a template. */
const OF_TEMPLATES: readonly string[] = ["bake", "plan"];

/** `bake-ami policy`. */
export const policy = command({
  name: "policy",
  synopsis: "print the least IAM policy for a template",
  usage: "bake-ami policy [options] [TEMPLATE]",
  help: "Prints the IAM policy with the least permissions for what a bake of the template with these flags does, and for the removal of what a failed bake leaves. Resources are limited to the Regions, names and tags of the bake. Calls no AWS API and reads no data source. Set the same flags as for the bake.",
  arguments: { least: 0, most: 1, suggested: "files" },
  request(read, [templatePath], { cwd, env }) {
    const flags = read.values;
    if (templatePath === undefined && OF_TEMPLATES.includes(flags.policyPurpose)) {
      read.complain(
        "policyPurpose",
        `set to "${flags.policyPurpose}" needs a template`,
        "Add the path of the template: a file, a directory, or - for standard input.",
      );
    }
    const own = { workingDirectory: cwd, job: undefined, templatePath: templatePath ?? "-", local: false };
    return {
      flags,
      templatePath,
      trust: requestedTrust(read),
      region: env.AWS_REGION || env.AWS_DEFAULT_REGION || undefined,
      request: bakeRequest(read, { ...flags, ...own }, env),
    };
  },
  async run({ flags, templatePath, trust, region, request }, context) {
    const { secrets, engine, terminal, cwd } = context;
    const { paint } = chooseColour(flags.color, context.env, terminal.isTerminal);
    const print = printer(terminal, secrets, { paint, machineReadable: context.machineReadable });
    const complain = (diagnostics: readonly Diagnostic[], sources: PreparedTemplate["sources"] = []) =>
      print.diagnostics({ diagnostics, sources });
    const log = flags.policyLog ? readTextFile(flags.policyLog, cwd) : undefined;
    const prepared =
      templatePath === undefined ? undefined : await engine.prepare(request, { purpose: "policy", mask: secrets.add });
    if (prepared) print.diagnostics(prepared);
    if (prepared && (hasErrors(prepared.diagnostics) || !prepared.plan)) return 1;
    try {
      const printed = await engine.printPolicy(prepared?.plan, request, {
        format: flags.policyFormat,
        purpose: flags.policyPurpose,
        account: flags.policyAccount,
        region,
        instanceRole: flags.policyInstanceRole,
        lookups: prepared?.lookups,
        launchTemplate: flags.launchTemplate || undefined,
        withBoundary: flags.policyBoundary,
        trust,
        log,
      });
      complain(printed.notes);
      for (const line of flags.policyExplain ? explained(printed.statements) : printed.text.split("\n")) {
        terminal.write(line);
      }
      return 0;
    } catch (error) {
      if (!(error instanceof BakeError)) throw error;
      complain([toDiagnostic(error)], prepared?.sources);
      return 1;
    }
  },
});

/** Returns a table of the statements: one line for each action. */
function explained(statements: readonly PermissionStatement[]): readonly string[] {
  const rows = statements.flatMap(({ sid, actions, why, ifDenied }) =>
    actions.map((action, index) => (index === 0 ? [sid, action, whyText(why, ifDenied)] : ["", action, ""])),
  );
  return columns([["STATEMENT", "ACTION", "REASON"], ...rows]);
}

function whyText(why: string, ifDenied: string | undefined): string {
  return ifDenied === undefined ? why : `${why} (if denied: ${ifDenied})`;
}
