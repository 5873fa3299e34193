import { decodeOptions } from "../options/schema.js";
import type { EvaluatedOptions, PartTemplate } from "../template/template.js";
import { decodeEvaluated } from "./decode-part.js";
import { find } from "./find-kind.js";
import type { ProvisionerPlan } from "./plan.js";
import type { PartSetting, PlannedPart } from "./plan-build.js";
import { preparer } from "./preparer.js";
import { provisionerOptions } from "./provisioner-options.js";

/** Plans a provisioner: its generic keys, and its own options once with placeholders (Packer §1.6). */
export function planProvisioner(part: PartTemplate, setting: PartSetting): PlannedPart<ProvisionerPlan> {
  const { build, catalog, checks, announced } = setting;
  const { kind, diagnostics } = find("provisioner", catalog.provisioners, part, catalog);
  const evaluated = part.options(undefined);
  const context = build.decodeContext(undefined, announced);
  const generic = decodeOptions(provisionerOptions, genericKeys(evaluated).node, context, checks);
  if (!kind) return { plan: undefined, diagnostics: [...diagnostics, ...generic.diagnostics], secrets: [] };
  const own = decodeEvaluated(ownKeys(evaluated), kind.schema, context, checks);
  const options = generic.value;
  const plan: ProvisionerPlan | undefined = options && {
    kind,
    range: part.range,
    pauseBefore: options.pause_before,
    timeout: options.timeout,
    maxRetries: Math.max(0, options.max_retries),
    continueOnError: options.continue_on_error,
    evaluated,
    prepare: preparer(kind.schema, part, setting, ownKeys),
  };
  return { plan, diagnostics: [...own.diagnostics, ...generic.diagnostics], secrets: own.secrets };
}

const GENERIC = new Set(Object.keys(provisionerOptions.fields));

function genericKeys(evaluated: EvaluatedOptions): EvaluatedOptions {
  return withEntries(evaluated, (key) => GENERIC.has(key));
}

function ownKeys(evaluated: EvaluatedOptions): EvaluatedOptions {
  return withEntries(evaluated, (key) => !GENERIC.has(key));
}

function withEntries(evaluated: EvaluatedOptions, keep: (key: string) => boolean): EvaluatedOptions {
  const entries = evaluated.node.entries.filter(({ key }) => keep(key));
  return { ...evaluated, node: { ...evaluated.node, entries } };
}
