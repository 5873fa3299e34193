import { hostname } from "node:os";
import { hasErrors } from "../../core/diagnostics.js";
import { readingRequest } from "../../engine/request.js";
import { requestedTemplate } from "../../engine/requests/bake.js";
import { requestedTests } from "../../engine/requests/tests.js";
import { command } from "../command.js";
import { chooseColour, printer } from "../printer.js";

/** The owner in tags of dry runs, which create nothing. */
const OWNER = { runId: "validate", attempt: "1", repository: hostname() };

/** `bake-ami validate`. */
export const validate = command({
  name: "validate",
  synopsis: "check that a template is valid",
  usage: "bake-ami validate [options] TEMPLATE",
  help: "Checks a template, its variables and all options, without calling AWS unless -preflight or -evaluate-datasources is set. Reports all errors together. The exit code is 0 if the template is valid, otherwise 1.",
  arguments: { least: 1, most: 1, suggested: "files" },
  request(read, [path = ""], { cwd }) {
    const { values } = read;
    const request = readingRequest(cwd, requestedTemplate(path, values, !values.noWarningOfUndeclaredVariables));
    const own = { tests: requestedTests(read, cwd), regions: values.copyRegions, defaultRegion: values.buildRegion };
    return { flags: values, request: { ...request, settings: { ...request.settings, ...own } } };
  },
  async run({ flags, request }, context) {
    const { secrets } = context;
    const { paint } = chooseColour(flags.color, context.env, context.terminal.isTerminal);
    const print = printer(context.terminal, secrets, { paint, machineReadable: context.machineReadable });
    const { syntaxOnly, evaluateDataSources, validateAccount } = flags;
    const prepared = await context.engine.prepare(request, {
      purpose: syntaxOnly ? "syntax" : evaluateDataSources || validateAccount ? "validate-data" : "validate",
      mask: secrets.add,
    });
    print.diagnostics(prepared);
    if (hasErrors(prepared.diagnostics)) return 1;
    if (validateAccount && prepared.plan) {
      const diagnostics = await context.engine.preflight(prepared.plan, request, { owner: OWNER, secrets });
      print.diagnostics({ diagnostics, sources: prepared.sources });
      if (hasErrors(diagnostics)) return 1;
    }
    print.line(syntaxOnly ? "Syntax-only check passed. Everything looks okay." : "The configuration is valid.");
    return 0;
  },
});
