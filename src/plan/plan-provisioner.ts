import type { DecodeContext } from "../options/context.js";
import type { OptionEntry } from "../options/node.js";
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
  const generic = decodeOptions(provisionerOptions, genericKeys(evaluated, context.language).node, context, checks);
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
const DURATIONS = new Set(["pause_before", "timeout"]);

/** Empty text is no duration to JSON, and none at all to HCL2 (Packer §2.3). */
function genericKeys(evaluated: EvaluatedOptions, language: DecodeContext["language"]): EvaluatedOptions {
  const isUnset = ({ key, value }: OptionEntry) =>
    language === "hcl2" && DURATIONS.has(key) && value.kind === "string" && value.value === "";
  return withEntries(evaluated, (entry) => GENERIC.has(entry.key) && !isUnset(entry));
}

function ownKeys(evaluated: EvaluatedOptions): EvaluatedOptions {
  return withEntries(evaluated, ({ key }) => !GENERIC.has(key));
}

function withEntries(evaluated: EvaluatedOptions, keep: (entry: OptionEntry) => boolean): EvaluatedOptions {
  const entries = evaluated.node.entries.filter(keep);
  return { ...evaluated, node: { ...evaluated.node, entries } };
}
