import { type Diagnostic, hasErrors, suggest } from "../core/diagnostics.js";
import type { BuildData } from "../core/late.js";
import { type CheckContext, type Decoded, decodeOptions, type Schema } from "../options/schema.js";
import type { BuildTemplate, EvaluatedOptions, PartTemplate } from "../template/template.js";
import type { Catalog, RefusedKind } from "./kinds.js";
import type { Prepared } from "./plan.js";
import { unknownOptions } from "./unknown-options.js";

/** Inputs for decoding the parts of a build. */
export interface PartSetting {
  readonly build: BuildTemplate;
  readonly catalog: Catalog;
  readonly checks: CheckContext;
  /** Keys of `build.X` that exist during the build. */
  readonly announced: readonly string[];
}

/** Result of planning one part of a build; `plan` is undefined for an unsupported kind, and after an error. */
export interface PlannedPart<Plan> {
  readonly plan: Plan | undefined;
  readonly diagnostics: readonly Diagnostic[];
  readonly secrets: readonly string[];
}

/** The kind of a part, or why there is none. */
export interface FoundKind<Kind> {
  readonly kind: Kind | undefined;
  /** Set for a known but unsupported type. */
  readonly refused: RefusedKind | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Finds the kind of a part by its type. A known but unsupported type is a warning; an unknown type is an error. */
export function findKind<Kind>(
  part: RefusedKind["part"],
  kinds: ReadonlyMap<string, Kind>,
  { type, typeRange: range }: PartTemplate,
  catalog: Catalog,
): FoundKind<Kind> {
  const kind = kinds.get(type);
  if (kind) return { kind, refused: undefined, diagnostics: [] };
  const what = part === "data-source" ? "data source" : part;
  const others = catalog.refused.filter((each) => each.part === part);
  const refused = others.find((each) => each.type === type);
  if (refused) {
    const summary = `${sentenceCase(what)} "${type}" is not supported; builds that use it fail`;
    const warning: Diagnostic = { severity: "warning", code: "unsupported-kind", summary, hint: refused.reason, range };
    return { kind: undefined, refused, diagnostics: [warning] };
  }
  const near = suggest(type, [...kinds.keys(), ...others.map((each) => each.type)]);
  const hint = near ? `Did you mean "${near}"?` : `Use one of: ${[...kinds.keys()].sort().join(", ")}.`;
  const error: Diagnostic = {
    severity: "error",
    code: `unknown-${part}`,
    summary: `Unknown ${what} "${type}"`,
    hint,
    range,
  };
  return { kind: undefined, refused: undefined, diagnostics: [error] };
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Decodes the evaluated options of a part at plan time, with placeholders for `build.X` (Packer §1.8). */
export function decodePart(
  evaluated: EvaluatedOptions,
  schema: Schema<unknown>,
  { build, checks, announced }: PartSetting,
): Decoded<unknown> {
  const decoded = decodeOptions(schema, evaluated.node, build.decodeContext(undefined, announced), checks);
  return withEvaluation(decoded, evaluated);
}

/**
 * Returns a function that decodes the options of a part again with build data (Packer §2.4 step 7). `own` removes options that are not
 * in the schema.
 */
export function preparePart(
  part: PartTemplate,
  schema: Schema<unknown>,
  { build, checks }: PartSetting,
  own: (evaluated: EvaluatedOptions) => EvaluatedOptions = (evaluated) => evaluated,
): (data: BuildData) => Prepared<unknown> {
  return (data) => {
    const evaluated = own(part.options(data));
    const decoded = decodeOptions(schema, evaluated.node, build.decodeContext(data), checks);
    const unknown = unknownOptions(evaluated.node);
    if (unknown.length > 0) return { ok: false, diagnostics: unknown };
    const { value, diagnostics, secrets } = withEvaluation(decoded, evaluated);
    if (value === undefined) return { ok: false, diagnostics };
    return { ok: true, options: value, warnings: diagnostics, secrets };
  };
}

/** Adds the diagnostics and secrets of the evaluation to the decoded options. */
function withEvaluation(decoded: Decoded<unknown>, evaluated: EvaluatedOptions): Decoded<unknown> {
  return {
    value: hasErrors(evaluated.diagnostics) ? undefined : decoded.value,
    diagnostics: [...evaluated.diagnostics, ...decoded.diagnostics],
    secrets: [...evaluated.secrets, ...decoded.secrets],
    place: decoded.place,
  };
}
