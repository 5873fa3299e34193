import { hasErrors } from "../../core/diagnostics.js";
import { readingRequest } from "../../engine/request.js";
import { redactor } from "../../report/redact.js";
import type { Command } from "../command.js";
import { teller } from "../diagnostics.js";
import { ACCEPTED_FLAGS, flagProblems, TEMPLATE_FLAGS, templateRequest } from "../template-flags.js";
import { COLOR_FLAG, chooseColour } from "../terminal.js";

/** `bake-ami validate`. */
export const validate: Command = {
  name: "validate",
  synopsis: "check that a template is valid",
  usage: "bake-ami validate [options] TEMPLATE",
  help: "Reads a template, fills its variables in and checks every option, without calling AWS. Tells all problems at once. Exit code 0 when it is valid, else 1.",
  flags: [
    COLOR_FLAG,
    { name: "syntax-only", kind: "boolean", doc: "Check the syntax alone; variables may be missing." },
    { name: "evaluate-datasources", kind: "boolean", doc: "Read data sources (HCL2)." },
    {
      name: "no-warn-undeclared-var",
      kind: "boolean",
      doc: "Do not warn of values in variable files that no variable takes.",
    },
    ...TEMPLATE_FLAGS,
    ...ACCEPTED_FLAGS,
  ],
  arguments: { least: 1, most: 1 },
  async run(flags, context) {
    const secrets = redactor();
    const { paint } = chooseColour(flags.boolean("color"), context.env, context.terminal.isTerminal);
    const tell = teller(context.terminal, secrets, { paint, machineReadable: context.machineReadable });
    const problems = flagProblems();
    const template = {
      ...templateRequest(flags, problems),
      warnOnUndeclaredVariables: !(flags.boolean("no-warn-undeclared-var") ?? false),
    };
    for (const problem of problems.all) tell.error(problem);
    if (problems.all.length > 0) return 1;
    const syntaxOnly = flags.boolean("syntax-only") ?? false;
    const prepared = await context.engine.prepare(readingRequest(context.cwd, template), {
      purpose: syntaxOnly ? "syntax" : "validate",
      evaluateDataSources: flags.boolean("evaluate-datasources") ?? false,
    });
    for (const secret of prepared.secrets) secrets.add(secret);
    tell.diagnostics(prepared);
    if (hasErrors(prepared.diagnostics)) return 1;
    tell.line(syntaxOnly ? "Syntax-only check passed. Everything looks okay." : "The configuration is valid.");
    return 0;
  },
};
