import { resolve } from "node:path";
import { type Diagnostic, hasErrors } from "../core/diagnostics.js";
import type { LookupRequest, LookupResult, Lookups } from "../template/lookups.js";
import type { Template, TemplateInputs } from "../template/template.js";
import { accountSurroundings } from "./account.js";
import type { EngineSetting, PreparedTemplate, PrepareMode } from "./api.js";
import { hostChecks, hostLookups, readStandardInput } from "./host.js";
import type { BakeRequest } from "./request.js";

/** Reads a template, fills it in and makes its plan; masks its secrets. Everything that is wrong with it is in the answer. */
export async function prepare(
  request: BakeRequest,
  mode: PrepareMode,
  setting: EngineSetting,
): Promise<PreparedTemplate> {
  const { secrets, ...prepared } = await readAndPlan(request, mode, setting);
  for (const secret of secrets) mode.mask(secret);
  return prepared;
}

/** A template with the secrets that it holds. */
interface ReadTemplate extends PreparedTemplate {
  readonly secrets: readonly string[];
}

async function readAndPlan(request: BakeRequest, mode: PrepareMode, setting: EngineSetting): Promise<ReadTemplate> {
  const inputs: TemplateInputs = {
    ...request.template,
    stdin: request.template.path === "-" ? await readStandardInput() : undefined,
  };
  const lookups = hostLookups({
    cwd: resolve(request.workingDirectory),
    env: setting.env,
    startedAt: setting.startedAt,
    ask: () => ({ state: "pending" }),
  });
  const reads = mode.purpose === "build" || mode.purpose === "validate-data";
  if (mode.purpose === "inspect") return inspect(inputs, lookups);
  const { loadTemplate } = await import("../template/load.js");
  const syntaxOnly = mode.purpose === "syntax";
  const loaded = await loadTemplate(
    { ...inputs, syntaxOnly },
    lookups,
    reads ? (lookup) => read(lookup, request, setting) : skip,
  );
  const { template, diagnostics, secrets, sources } = loaded;
  if (!template || syntaxOnly) {
    return { template, plan: undefined, diagnostics, secrets, sources };
  }
  const [{ makePlan }, { catalog }] = await Promise.all([import("../plan/make-plan.js"), import("../catalog.js")]);
  const checks = hostChecks(lookups.cwd, setting.env);
  const planned = makePlan(template, catalog, checks, loaded);
  const found = [...diagnostics, ...planned.diagnostics];
  const all = [...found, ...nothingToRun(template, mode.purpose === "build" && !hasErrors(found))];
  // A plan of a template with errors is made only to find the errors of its options too.
  const plan = hasErrors(all) ? undefined : planned.plan;
  return { template, plan, diagnostics: all, secrets: planned.secrets, sources };
}

/**
 * An inspection of a template needs no values and builds nothing (Packer §7): it is refused for its syntax alone, and what else is
 * wrong with it is a warning. Of a JSON template the text is shown.
 */
async function inspect(inputs: TemplateInputs, lookups: Lookups): Promise<ReadTemplate> {
  const { loadTemplate, languageOf } = await import("../template/load.js");
  const parsed = await loadTemplate({ ...inputs, syntaxOnly: true }, lookups, skip);
  if (hasErrors(parsed.diagnostics)) return { ...parsed, template: undefined, plan: undefined };
  const loaded =
    languageOf(inputs, lookups) === "json"
      ? parsed
      : await loadTemplate({ ...inputs, syntaxOnly: false }, lookups, withoutReading);
  const found = loaded.diagnostics.filter(({ code }) => code !== "unset-variable");
  const diagnostics = found.map(
    (each): Diagnostic => ({ ...each, severity: each.severity === "error" ? "warning" : each.severity }),
  );
  return { ...loaded, plan: undefined, diagnostics };
}

/**
 * A template without a build block is a mistake (Packer's "Missing build block"); a selection that leaves none is one only
 * where something shall be built (§2.7).
 */
function nothingToRun({ builds, outline }: Template, building: boolean): readonly Diagnostic[] {
  if (outline?.language === "hcl2" && outline.builds.length === 0) {
    const hint =
      "A build block says which sources to bake. It may be in another file: give the folder to read all files.";
    return [{ severity: "error", code: "no-builds", summary: "No builds to run: there is no build block", hint }];
  }
  if (builds.length > 0 || !building) return [];
  const hint = "-only and -except leave none.";
  return [{ severity: "error", code: "no-builds", summary: "No builds to run", hint }];
}

/** Data sources while a template is inspected: a `null` data source only gives back what it is given. */
async function withoutReading({ kind, arguments: given }: LookupRequest): Promise<LookupResult> {
  if (kind !== "null" || typeof given !== "object" || given === null || !("input" in given)) return skip();
  return { state: "ready", value: { input: given.input, output: given.input } };
}

async function skip(): Promise<LookupResult> {
  return { state: "skipped" };
}

/** Reads a data source or a secret, with the account of the run unless it names its own. */
async function read(asked: LookupRequest, request: BakeRequest, setting: EngineSetting): Promise<LookupResult> {
  const { readLookup } = await import("../data-sources/read.js");
  return readLookup(asked, {
    surroundings: accountSurroundings(setting),
    signal: setting.interruption.signal,
    defaultRegion: request.settings.defaultRegion,
  });
}
