import type { AmiArtifact } from "../core/artifact.js";
import type { Diagnostic } from "../core/diagnostics.js";
import { toDiagnostic } from "../core/errors.js";
import type { PartContext } from "../core/parts.js";
import type { ReadyBuild } from "../plan/plan.js";
import type { BakeParts } from "./parts.js";

/** The bake is done: what goes wrong with older images is told, and fails nothing. */
export async function removeOlder(
  artifact: AmiArtifact,
  build: ReadyBuild,
  parts: BakeParts,
  context: PartContext,
): Promise<void> {
  try {
    if (!parts.signal.aborted) await parts.retain?.(artifact, build.identity, context);
  } catch (error) {
    context.narrator.emit({ type: "diagnostic", diagnostic: { ...toDiagnostic(error), severity: "warning" } });
  }
}

/** The regions without an image as errors of the build; none where that is only told. */
export function missingRegions(artifact: AmiArtifact, build: ReadyBuild, parts: BakeParts): readonly Diagnostic[] {
  if (parts.settings.missingRegion === "warn") return [];
  return artifact.missing.map(({ region, reason }) => ({
    severity: "error",
    code: "missing-region",
    summary: `no image in ${region}: ${reason}`,
    hint: "Run the bake again: it goes on from the finished image and copies only what is missing.",
    range: build.facts.images?.copiesRange,
  }));
}
