import { hasErrors } from "../../core/diagnostics.js";
import { describeTemplate, templateFacts } from "../../engine/describe-template.js";
import { readingRequest } from "../../engine/request.js";
import { requestedTemplate } from "../../engine/requests/bake.js";
import { machineRecord } from "../../report/machine-readable.js";
import { command } from "../command.js";
import { chooseColour, printer } from "../printer.js";

/** `bake-ami inspect`. */
export const inspect = command({
  name: "inspect",
  synopsis: "see components of a template",
  usage: "bake-ami inspect [options] TEMPLATE",
  help: "Prints the description, variables, builders and provisioners of a template. Sensitive values are hidden.",
  arguments: { least: 1, most: 1, suggested: "files" },
  request: ({ values }, [path = ""], { cwd }) => ({
    color: values.color,
    request: readingRequest(cwd, requestedTemplate(path, values, false)),
  }),
  async run({ color, request }, context) {
    const { secrets } = context;
    const { paint } = chooseColour(color, context.env, context.terminal.isTerminal);
    const print = printer(context.terminal, secrets, { paint, machineReadable: context.machineReadable });
    const prepared = await context.engine.prepare(request, { purpose: "inspect", mask: secrets.add });
    print.diagnostics(prepared);
    if (!prepared.template) return 1;
    for (const line of describeTemplate(prepared.template)) print.line(line);
    if (context.machineReadable) {
      for (const [type, ...data] of templateFacts(prepared.template)) {
        context.terminal.write(machineRecord(Date.now(), "", type, ...data.map(secrets.redact)));
      }
    }
    return hasErrors(prepared.diagnostics) ? 1 : 0;
  },
});
