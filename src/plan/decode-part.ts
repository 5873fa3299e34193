import type { Diagnostic } from "../core/diagnostics.js";
import type { BuildData } from "../core/late.js";
import type { DecodeContext } from "../options/context.js";
import { type CheckContext, type Decoded, decodeOptions, type Schema } from "../options/schema.js";
import type { EvaluatedOptions, PartTemplate } from "../template/template.js";

/** A part's options, decoded and as they were evaluated. */
export type DecodedPart = Decoded<unknown> & { readonly evaluated: EvaluatedOptions };

/** Evaluates and decodes the options of a part; `data` is undefined at plan time. */
export function decodePart(
  part: PartTemplate,
  schema: Schema<unknown>,
  context: DecodeContext,
  checks: CheckContext | undefined,
  data: BuildData | undefined,
): DecodedPart {
  return decodeEvaluated(part.options(data), schema, context, checks);
}

/** Decodes options that were evaluated. */
export function decodeEvaluated(
  evaluated: EvaluatedOptions,
  schema: Schema<unknown>,
  context: DecodeContext,
  checks: CheckContext | undefined,
): DecodedPart {
  const decoded = decodeOptions(schema, evaluated.node, context, checks);
  const failed = (list: readonly Diagnostic[]) => list.some(({ severity }) => severity === "error");
  return {
    value: failed(evaluated.diagnostics) ? undefined : decoded.value,
    diagnostics: [...evaluated.diagnostics, ...decoded.diagnostics],
    secrets: [...evaluated.secrets, ...decoded.secrets],
    place: decoded.place,
    evaluated,
  };
}
