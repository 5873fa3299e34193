import { openSessionFor } from "../aws/client/open-session.js";
import type { BuildIdentity, PartContext, PlannedImages } from "../core/parts.js";
import type { ImagesAfterBake, ParameterReadings } from "../core/preview.js";
import type { Surroundings } from "../core/surroundings.js";
import type { BakePlan } from "../plan/plan.js";
import { readParameters } from "../publish/foreign-parameter.js";
import { parameterName } from "../publish/parameter-name.js";
import { patternOf, seriesOfBake } from "./publishing.js";
import { type BakeRequest, imageOf } from "./request.js";

/** What publishing and retention would do with the images of a build. */
export interface PublishingPreview {
  /** As `PreviewContext.readParameters`. */
  readParameters(planned: PlannedImages, identity: BuildIdentity, context: PartContext): Promise<ParameterReadings>;
  /** As `PreviewContext.findRemovals`. */
  findRemovals(
    after: ImagesAfterBake,
    identity: BuildIdentity,
    context: PartContext,
  ): Promise<ReadonlyMap<string, readonly string[]>>;
}

/** Returns the preview of publishing and retention of a request. */
export function previewPublishing(plan: BakePlan, request: BakeRequest, surroundings: Surroundings): PublishingPreview {
  const pattern = patternOf(plan, request);
  const image = imageOf(request);
  return {
    async readParameters(planned, identity, context) {
      const isNamed = pattern !== undefined && (planned.architecture !== "" || !pattern.includes("{arch}"));
      if (!isNamed) return { parameters: [], refused: undefined };
      const parameters = planned.regions.map((region) => ({
        name: parameterName(pattern, { image, build: identity.sourceName, region, arch: planned.architecture }),
        region,
      }));
      const series = request.overwriteParameter ? undefined : seriesOfBake(image, identity, context, planned);
      return readParameters(parameters, series, {
        context,
        openSession: (region) => openSessionFor({ ...planned.account, region }, surroundings),
      });
    },
    findRemovals: async () => new Map(),
  };
}
