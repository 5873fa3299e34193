import type { PostProcessorTemplate } from "../template/template.js";
import { decodePart } from "./decode-part.js";
import { find } from "./find-kind.js";
import type { PostProcessorPlan } from "./plan.js";
import type { PartSetting, PlannedPart } from "./plan-build.js";
import { preparer } from "./preparer.js";

/** Plans a post-processor: its options are decoded once with placeholders (Packer §1.8). */
export function planPostProcessor(part: PostProcessorTemplate, setting: PartSetting): PlannedPart<PostProcessorPlan> {
  const { build, catalog, checks, announced } = setting;
  const { kind, diagnostics } = find("post-processor", catalog.postProcessors, part, catalog);
  if (!kind) return { plan: undefined, diagnostics, secrets: [] };
  const own = decodePart(part, kind.schema, build.decodeContext(undefined, announced), checks, undefined);
  const plan: PostProcessorPlan = {
    kind,
    name: part.name,
    range: part.range,
    keepInputArtifact: part.keepInputArtifact,
    prepare: preparer(kind.schema, part, setting, (evaluated) => evaluated),
  };
  return { plan, diagnostics: own.diagnostics, secrets: own.secrets };
}
