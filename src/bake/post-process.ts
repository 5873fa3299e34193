import type { Artifact } from "../core/artifact.js";
import { Cancelled, InvalidTemplate, withRange } from "../core/errors.js";
import { withSpeaker } from "../core/events.js";
import type { PostProcessorContext } from "../core/parts.js";
import type { PostProcessorPlan } from "../plan/plan.js";

/** Result of the pipelines: the kept artifacts in order, and the errors of failed pipelines. */
export interface PostProcessedBuild {
  readonly artifacts: readonly Artifact[];
  readonly errors: readonly unknown[];
}

/** Deletes an artifact that is not kept: local files, a Docker image. AMIs are never deleted. */
export type DestroyArtifact = (artifact: Artifact, context: PostProcessorContext) => Promise<void>;

/**
 * Runs every pipeline on the builder's artifact (Packer §1.8). Unlike Packer, a failed post-processor never deletes the builder's
 * artifact: it is deleted only when every pipeline succeeded and none keeps it, and an AMI never.
 */
export async function postProcess(
  pipelines: readonly (readonly PostProcessorPlan[])[],
  built: Artifact,
  context: PostProcessorContext,
  destroy: DestroyArtifact,
): Promise<PostProcessedBuild> {
  const kept: Artifact[] = [];
  const errors: unknown[] = [];
  let keepBuilt = pipelines.length === 0;
  for (const pipeline of pipelines) {
    try {
      const outcome = await runPipeline(pipeline, built, context, destroy);
      keepBuilt ||= outcome.keepFirst;
      kept.push(...outcome.artifacts);
    } catch (error) {
      if (error instanceof Cancelled || context.signal.aborted) throw error;
      errors.push(error);
    }
  }
  if (keepBuilt || errors.length > 0 || built.kind === "ami") return { artifacts: distinct([built, ...kept]), errors };
  await destroy(built, context);
  return { artifacts: distinct(kept), errors };
}

async function runPipeline(
  pipeline: readonly PostProcessorPlan[],
  built: Artifact,
  context: PostProcessorContext,
  destroy: DestroyArtifact,
): Promise<{ readonly artifacts: readonly Artifact[]; readonly keepFirst: boolean }> {
  const artifacts: Artifact[] = [];
  let keepFirst = false;
  let current = built;
  for (const [index, plan] of pipeline.entries()) {
    context.narrator.say(
      `Running post-processor: ${plan.name}${plan.name === plan.kind.type ? "" : ` (type ${plan.kind.type})`}`,
    );
    const prepared = plan.prepare(context.data);
    if (!prepared.ok) throw new InvalidTemplate(prepared.diagnostics);
    for (const secret of prepared.secrets) context.narrator.secret(secret);
    const { run } = await plan.kind.load();
    const narrator = withSpeaker(context.narrator, plan.kind.type);
    const result = await run(current, prepared.options, { ...context, narrator, range: plan.range }).catch(
      (error: unknown) => {
        throw withRange(error, plan.range);
      },
    );
    for (const file of result.files) context.narrator.emit({ type: "file-written", file });
    const keep = result.keepInput.forced ? result.keepInput.keep : (plan.keepInputArtifact ?? result.keepInput.keep);
    if (index === 0) keepFirst = keep;
    else if (keep) artifacts.push(current);
    else if (current !== result.artifact) await destroy(current, context);
    if (!result.artifact) return { artifacts, keepFirst };
    current = result.artifact;
  }
  if (current !== built) artifacts.push(current);
  return { artifacts, keepFirst };
}

/** Returns each artifact once: a post-processor may return its input (manifest). */
function distinct(artifacts: readonly Artifact[]): readonly Artifact[] {
  return [...new Set(artifacts)];
}
