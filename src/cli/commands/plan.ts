import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { type Diagnostic, hasErrors } from "../../core/diagnostics.js";
import type { PlanPreview } from "../../core/preview.js";
import type { PreparedTemplate } from "../../engine/api.js";
import { type BakeRequest, imageOf, onLocalCloud } from "../../engine/request.js";
import { bakeRequest } from "../../engine/requests/bake.js";
import { progressLine } from "../../report/console/progress.js";
import { planDocument } from "../../report/plan-json.js";
import { redactDeep, redacting, redactPlan } from "../../report/redact.js";
import { inWords, planInWords } from "../../report/wording.js";
import { type CommandContext, command, type FlagsOf } from "../command.js";
import { planLines } from "../plan-text.js";
import { chooseColour, printer } from "../printer.js";
import { COMMAND_WORDS } from "../words.js";

/** Exit code of `-detailed-exitcode` for a plan with changes, as that of `terraform plan`. */
const HAS_CHANGES = 2;

/** `bake-ami plan`. */
export const plan = command({
  name: "plan",
  synopsis: "show what a bake would do",
  usage: "bake-ami plan [options] TEMPLATE",
  help: "Shows what build would do now with the same flags, and creates, changes and removes nothing: for each build whether it bakes, reuses or resumes an AMI and why, the Regions, the parameters, and the AMIs that would be replaced or removed. What cannot be read without credentials or permissions is listed. The exit code is 0, or 1 if the template has errors or a build would fail.",
  arguments: { least: 1, most: 1, suggested: "files" },
  request(read, [templatePath = ""], { cwd, env }) {
    const flags = read.values;
    const request = bakeRequest(read, { ...flags, workingDirectory: cwd, job: undefined, templatePath }, env);
    return { flags, request: flags.local ? onLocalCloud(request, request.settings.sshSourceCidrs) : request };
  },
  async run({ flags, request }, context) {
    const { engine, cwd, terminal } = context;
    if (!flags.local) return planTemplate(flags, request, context);
    const local = await engine.openLocal({
      stateDirectory: flags.localState === undefined ? undefined : resolve(cwd, flags.localState),
      machines: "none",
      policy: undefined,
      windows: flags.localWindows,
      onNotice: terminal.error,
    });
    try {
      return await planTemplate(flags, request, context);
    } finally {
      await local.close();
    }
  },
});

/** Prints the plan, and the problems of template and builds on stderr. Returns the exit code. */
async function planTemplate(flags: FlagsOf<"plan">, request: BakeRequest, context: CommandContext): Promise<number> {
  const { engine, secrets, terminal, machineReadable } = context;
  const { paint } = chooseColour(flags.color, context.env, terminal.isTerminal);
  const print = printer(terminal, secrets, { paint, machineReadable });
  const prepared = await engine.prepare(request, { purpose: "preview", mask: secrets.add });
  const found = await preview(prepared, request, context);
  const problems = [...prepared.diagnostics, ...(found?.builds ?? []).flatMap((build) => build.problems)];
  print.diagnostics({ diagnostics: problems, sources: prepared.sources });
  if (flags.json) terminal.write(JSON.stringify(documentOf(found, prepared.diagnostics, request, context)));
  else if (found)
    for (const line of planLines(redactPlan(planInWords(found, COMMAND_WORDS), secrets, false))) print.line(line);
  if (found === undefined || hasErrors(problems)) return 1;
  return found.changes && flags.detailedExitcode ? HAS_CHANGES : 0;
}

/** Returns the plan; undefined if the template has errors. */
async function preview(
  { plan: bakePlan, diagnostics, unread }: PreparedTemplate,
  request: BakeRequest,
  { engine, secrets, terminal }: CommandContext,
): Promise<PlanPreview | undefined> {
  if (!bakePlan || hasErrors(diagnostics)) return undefined;
  const reportProgress = redacting((event) => {
    if (event.type === "progress") terminal.error(progressLine(event));
  }, secrets);
  return engine.preview(bakePlan, request, {
    owner: { runId: randomUUID().slice(0, 8), attempt: "1", repository: hostname() },
    listeners: [reportProgress],
    secrets,
    unread,
  });
}

function documentOf(
  found: PlanPreview | undefined,
  diagnostics: readonly Diagnostic[],
  request: BakeRequest,
  { secrets }: CommandContext,
): object {
  const problems = redactDeep(diagnostics, secrets).map((each) => inWords(each, COMMAND_WORDS));
  return planDocument(found && redactPlan(planInWords(found, COMMAND_WORDS), secrets, true), {
    template: request.template.path,
    image: imageOf(request),
    problems,
  });
}
