import { hasErrors } from "../../core/diagnostics.js";
import { readingRequest } from "../../engine/request.js";
import { machineRecord } from "../../report/machine-readable.js";
import { redactor } from "../../report/redact.js";
import type { Command } from "../command.js";
import { describeTemplate, templateFacts } from "../describe-template.js";
import { teller } from "../diagnostics.js";
import { ACCEPTED_FLAGS, flagProblems, TEMPLATE_FLAGS, templateRequest } from "../template-flags.js";
import { COLOR_FLAG, chooseColour } from "../terminal.js";

/** `bake-ami inspect`. */
export const inspect: Command = {
  name: "inspect",
  synopsis: "see the parts of a template",
  usage: "bake-ami inspect [options] TEMPLATE",
  help: "Prints the description, variables, builders and provisioners of a template. Sensitive values are hidden.",
  flags: [COLOR_FLAG, ...TEMPLATE_FLAGS, ...ACCEPTED_FLAGS],
  arguments: { least: 1, most: 1 },
  async run(flags, context) {
    const secrets = redactor();
    const { paint } = chooseColour(flags.boolean("color"), context.env, context.terminal.isTerminal);
    const tell = teller(context.terminal, secrets, { paint, machineReadable: context.machineReadable });
    const problems = flagProblems();
    const template = templateRequest(flags, problems);
    for (const problem of problems.all) tell.error(problem);
    if (problems.all.length > 0) return 1;
    const prepared = await context.engine.prepare(readingRequest(context.cwd, template), { purpose: "inspect" });
    for (const secret of prepared.secrets) secrets.add(secret);
    tell.diagnostics(prepared);
    if (!prepared.template) return 1;
    for (const line of describeTemplate(prepared.template)) tell.line(line);
    if (context.machineReadable) {
      for (const [type, ...data] of templateFacts(prepared.template)) {
        context.terminal.write(machineRecord(Date.now(), "", type, ...data.map(secrets.redact)));
      }
    }
    return hasErrors(prepared.diagnostics) ? 1 : 0;
  },
};
