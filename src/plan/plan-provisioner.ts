import type { Diagnostic } from "../core/diagnostics.js";
import type { DecodeContext } from "../options/context.js";
import { duration, flag, integer } from "../options/fields.js";
import type { ObjectNode, OptionEntry } from "../options/node.js";
import { decodeOptions, schema } from "../options/schema.js";
import type { EvaluatedOptions, PartTemplate } from "../template/template.js";
import type { ProvisionerPlan } from "./plan.js";
import { decodePart, findKind, type PartSetting, type PlannedPart, preparePart } from "./plan-part.js";

/** Options that every provisioner has in addition to its own (Packer §1.6). */
export const provisionerOptions = schema(
  {
    pause_before: duration({ doc: "Time to wait before the provisioner runs." }),
    timeout: duration({ doc: "Time limit of the provisioner; a provisioner that exceeds it is stopped and fails." }),
    max_retries: integer({ doc: "Number of retries after a failure.", default: 0 }),
    continue_on_error: flag({ doc: "Report a failure as a warning and continue the build.", default: false }),
  },
  {
    check: ({ max_retries, pause_before, timeout }, complaints) => {
      if (max_retries < 0) complaints.warning("max_retries", '"max_retries" is negative and has no effect');
      if ((pause_before ?? 0) < 0) complaints.error("pause_before", '"pause_before" must not be negative');
      if ((timeout ?? 0) < 0) complaints.error("timeout", '"timeout" must not be negative');
    },
  },
);

/** Plans a provisioner: the generic options, and its own options with placeholders for build data (Packer §1.6). */
export function planProvisioner(part: PartTemplate, setting: PartSetting): PlannedPart<ProvisionerPlan> {
  const { build, catalog, checks, announced } = setting;
  const { kind, diagnostics } = findKind("provisioner", catalog.provisioners, part, catalog);
  const evaluated = part.options(undefined);
  const context = build.decodeContext(undefined, announced);
  const given = genericKeys(evaluated, context.language);
  const generic = decodeOptions(provisionerOptions, given.node, context, checks);
  const found = [...generic.diagnostics, ...(context.language === "hcl2" ? nullsIn(given.node) : [])];
  if (!kind) return { plan: undefined, diagnostics: [...diagnostics, ...found], secrets: [] };
  const own = decodePart(ownKeys(evaluated), kind.schema, setting);
  const options = generic.value;
  const plan: ProvisionerPlan | undefined = options && {
    kind,
    range: part.range,
    pauseBefore: options.pause_before,
    timeout: options.timeout,
    maxRetries: Math.max(0, options.max_retries),
    continueOnError: options.continue_on_error,
    prepare: preparePart(part, kind.schema, setting, ownKeys),
  };
  return { plan, diagnostics: [...own.diagnostics, ...found], secrets: own.secrets };
}

const GENERIC = new Set(Object.keys(provisionerOptions.fields));
const DURATIONS = new Set(["pause_before", "timeout"]);

/** Returns the generic options. In HCL2 an empty duration counts as unset; in JSON it is invalid (Packer §2.3). */
function genericKeys(evaluated: EvaluatedOptions, language: DecodeContext["language"]): EvaluatedOptions {
  const isUnset = ({ key, value }: OptionEntry) =>
    language === "hcl2" && DURATIONS.has(key) && value.kind === "string" && value.value === "";
  return withEntries(evaluated, (entry) => GENERIC.has(entry.key) && !isUnset(entry));
}

/** Reports generic options that are null: Packer decodes these options of HCL2 into Go values that have none. */
function nullsIn({ entries }: ObjectNode): readonly Diagnostic[] {
  return entries
    .filter(({ value }) => value.kind === "null")
    .map(({ key, value }) => ({
      severity: "error",
      code: "null-value",
      summary: `"${key}" is null: null value is not allowed`,
      hint: "Remove the argument, or set a value.",
      range: value.range,
    }));
}

function ownKeys(evaluated: EvaluatedOptions): EvaluatedOptions {
  return withEntries(evaluated, ({ key }) => !GENERIC.has(key));
}

function withEntries(evaluated: EvaluatedOptions, keep: (entry: OptionEntry) => boolean): EvaluatedOptions {
  const entries = evaluated.node.entries.filter(keep);
  return { ...evaluated, node: { ...evaluated.node, entries } };
}
