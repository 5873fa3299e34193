import { resolve } from "node:path";
import { type Diagnostic, hasErrors } from "../core/diagnostics.js";
import type { CheckContext } from "../options/schema.js";
import type { BakePlan } from "../plan/plan.js";
import type { ResolveLookup } from "../template/load.js";
import type { LookupRequest, LookupResult, Lookups } from "../template/lookups.js";
import type { Template, TemplateInputs } from "../template/template.js";
import { accountSurroundings } from "./account.js";
import type { EngineSetting, PreparedTemplate, PrepareMode } from "./api.js";
import { hostChecks, hostLookups, readStandardInput } from "./host.js";
import type { BakeRequest } from "./request.js";
import { refuseSharedName } from "./same-name.js";
import { limitSession } from "./session-policy.js";
import { tolerateUnread, unreadLookups } from "./unread-lookups.js";

/** Reads a template, evaluates it and makes its plan. Masks its secrets. Returns all errors as diagnostics. */
export async function prepare(
  request: BakeRequest,
  mode: PrepareMode,
  setting: EngineSetting,
): Promise<PreparedTemplate> {
  const { secrets, ...prepared } = await readAndPlan(request, mode, setting);
  for (const secret of secrets) mode.mask(secret);
  setting.debug(() => planText(prepared));
  return prepared;
}

/** A template and its secrets. */
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
  const building = mode.purpose === "build" || mode.purpose === "preview";
  const reads = building || mode.purpose === "validate-data";
  if (mode.purpose === "inspect") return inspect(inputs, lookups);
  const { loadTemplate } = await import("../template/load.js");
  const syntaxOnly = mode.purpose === "syntax";
  const reading = reads ? lookupsOf(request, mode, setting) : skip;
  const tolerant = mode.purpose === "preview" ? tolerateUnread(reading) : undefined;
  const resolveLookup = tolerant?.resolve ?? reading;
  const requested: LookupRequest[] = [];
  const loaded = await loadTemplate({ ...inputs, syntaxOnly }, lookups, (asked, known) => {
    requested.push(asked);
    return resolveLookup(asked, known);
  });
  const { template, secrets, sources } = loaded;
  const diagnostics = [...formatErrors(inputs, loaded.diagnostics), ...loaded.diagnostics];
  if (!template || syntaxOnly) {
    return { template, plan: undefined, diagnostics, secrets, sources };
  }
  const [{ makePlan }, { catalog }] = await Promise.all([import("../plan/make-plan.js"), import("../catalog.js")]);
  // Without a PATH, no program of this host is searched for.
  const env = mode.purpose === "policy" ? { ...setting.env, PATH: undefined } : setting.env;
  const checks = hostChecks(lookups.cwd, env, inputs.path === "-" ? undefined : inputs.path);
  const planned = makePlan(template, catalog, checks, loaded);
  const read = [...diagnostics, ...planned.diagnostics];
  const { unknownInTemplate } = await import("../plan/unknown-options.js");
  const unreadReasons = tolerant?.reasons() ?? [];
  const isKnown = building && !hasErrors(read) && unreadReasons.length === 0;
  const found = [
    ...read,
    ...(isKnown ? unknownInTemplate(template, catalog) : []),
    ...refuseSharedName(request),
    ...(await testProblems(request, checks, planned.plan)),
  ];
  const all = [...found, ...nothingToRun(template, building && !hasErrors(found))];
  // A template with errors is planned only to find the errors in its options.
  const plan = hasErrors(all) ? undefined : planned.plan;
  const unread = unreadLookups(unreadReasons, template, planned.plan);
  return { template, plan, diagnostics: all, secrets: planned.secrets, sources, lookups: requested, unread };
}

/** Returns the problems of the image tests that are known before the run. */
async function testProblems(
  request: BakeRequest,
  checks: CheckContext,
  plan: BakePlan | undefined,
): Promise<readonly Diagnostic[]> {
  const { tests } = request.settings;
  if (tests === undefined) return [];
  const { checkTests } = await import("../image-tests/check.js");
  const builds = (plan?.builds ?? []).map((build) => ({
    name: build.identity.name,
    range: build.range,
    makesImages: build.makesImages,
    communicator: build.state === "ready" ? build.facts.communicator : undefined,
  }));
  return checkTests(tests, { cwd: resolve(request.workingDirectory), checks, builds });
}

/** Returns an error that explains the other ones if the template's name shows that it is not in the language that it is read as. */
function formatErrors({ path, configType }: TemplateInputs, diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  if (configType !== undefined || !hasErrors(diagnostics)) return [];
  const because = (code: string, summary: string, hint: string): readonly Diagnostic[] => {
    return [{ severity: "error", code, summary, hint }];
  };
  if (/\.ya?ml$/i.test(path)) {
    const hint = "Packer templates are JSON or HCL2. Convert the template to HCL2 (.pkr.hcl) or JSON (.json).";
    return because("yaml-template", `Template "${path}" is a YAML file`, hint);
  }
  if (!/\.(hcl|tf)$/i.test(path) || /\.pkr\.hcl$/.test(path)) return [];
  const summary = `Template "${path}" is read as JSON, because its name does not end with ".pkr.hcl"`;
  const renamed = path.replace(/\.(hcl|tf)$/i, ".pkr.hcl");
  return because("hcl2-name", summary, `If it is an HCL2 template, rename it to "${renamed}".`);
}

/**
 * Inspects a template, which needs no values and builds nothing (Packer §7). Only syntax errors are errors; other problems are
 * warnings. JSON templates are shown without evaluation.
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
 * Returns an error for a template without a build block (Packer's "Missing build block"). A selection without builds is an error only
 * in a bake (§2.7).
 */
function nothingToRun({ builds, outline }: Template, building: boolean): readonly Diagnostic[] {
  if (outline?.language === "hcl2" && outline.builds.length === 0) {
    const hint =
      "A build block names the sources to bake. If it is in another file, set the directory as the template to read all files.";
    return [{ severity: "error", code: "no-build-block", summary: "No builds to run: missing build block", hint }];
  }
  if (builds.length > 0 || !building) return [];
  const hint = "Check -only and -except: they exclude all builds.";
  return [{ severity: "error", code: "no-selected-build", summary: "No builds to run", hint }];
}

/** Reads data sources during an inspection: only the `null` data source, which returns its input. */
async function withoutReading({ kind, arguments: given }: LookupRequest): Promise<LookupResult> {
  if (kind !== "null" || typeof given !== "object" || given === null || !("input" in given)) return skip();
  return { state: "ready", value: { input: given.input, output: given.input } };
}

async function skip(): Promise<LookupResult> {
  return { state: "skipped" };
}

/**
 * Returns the function that reads data sources and secrets, in the account of the run unless they set their own. It masks the template's
 * secrets first.
 */
function lookupsOf(request: BakeRequest, { mask }: PrepareMode, setting: EngineSetting): ResolveLookup {
  const { debug, interruption } = setting;
  return async (lookup, secrets) => {
    for (const secret of secrets) mask(secret);
    const { readLookup } = await import("../data-sources/read.js");
    debug(() => `Reading ${lookup.kind}`);
    const limited = await limitSession(setting, async (scope) =>
      (await import("../data-sources/permissions.js")).lookupPermissions(lookup, scope),
    );
    const result = await readLookup(lookup, {
      surroundings: accountSurroundings(limited),
      signal: interruption.signal,
      defaultRegion: request.settings.defaultRegion,
    });
    debug(() => `Read ${lookup.kind}: ${result.state === "failed" ? `failed: ${result.message}` : result.state}`);
    return result;
  };
}

/** Returns what was read, for the debug log. */
function planText({ template, plan, diagnostics }: PreparedTemplate): string {
  const builds = (plan?.builds ?? []).map(
    ({ identity, state }) => `${identity.name} (${identity.builderType}, ${state})`,
  );
  const errors = diagnostics.filter(({ severity }) => severity === "error").map(({ code }) => code);
  return [
    template === undefined ? "The template could not be read" : "The template was read",
    ...(builds.length > 0 ? [`builds: ${builds.join(", ")}`] : []),
    ...(errors.length > 0 ? [`errors: ${errors.join(", ")}`] : []),
  ].join("; ");
}
