import type { BuildData } from "../core/late.js";
import type { Schema } from "../options/schema.js";
import type { EvaluatedOptions, PartTemplate } from "../template/template.js";
import { decodeEvaluated } from "./decode-part.js";
import type { Prepared } from "./plan.js";
import type { PartSetting } from "./plan-build.js";

/** Decodes a part's options anew with the data of the build (Packer §2.4 step 7). */
export function preparer(
  schema: Schema<unknown>,
  part: PartTemplate,
  { build, checks }: PartSetting,
  own: (evaluated: EvaluatedOptions) => EvaluatedOptions,
): (data: BuildData) => Prepared<unknown> {
  return (data) => {
    const decoded = decodeEvaluated(own(part.options(data)), schema, build.decodeContext(data), checks);
    const { value, diagnostics, secrets } = decoded;
    if (value === undefined) return { ok: false, diagnostics };
    return { ok: true, options: value, warnings: diagnostics, secrets };
  };
}
