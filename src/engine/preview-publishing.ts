import { openSessionFor } from "../aws/client/open-session.js";
import { type FoundImage, toFoundImage } from "../aws/image.js";
import type { ImageSeries } from "../core/image-series.js";
import { OWNER, TAG, tagValue } from "../core/ownership.js";
import type { BuildIdentity, PartContext, PlannedImages } from "../core/parts.js";
import type { ImagesAfterBake, OldImages, ParameterReadings } from "../core/preview.js";
import type { RequestedRetention } from "../core/retention.js";
import type { Surroundings } from "../core/surroundings.js";
import type { BakePlan } from "../plan/plan.js";
import { readParameters } from "../publish/foreign-parameter.js";
import { parameterName } from "../publish/parameter-name.js";
import type { Choice } from "../publish/retention/choose.js";
import { applyRetention } from "../publish/retention/retain.js";
import { ownSelection } from "../publish/retention/selection.js";
import { patternOf, seriesOfBake } from "./publishing.js";
import { type BakeRequest, imageOf } from "./request.js";

/** What publishing and retention would do with the images of a build. */
export interface PublishingPreview {
  /** As `PreviewContext.readParameters`. */
  readParameters(planned: PlannedImages, identity: BuildIdentity, context: PartContext): Promise<ParameterReadings>;
  /** As `PreviewContext.findOldImages`. */
  findOldImages(
    after: ImagesAfterBake,
    identity: BuildIdentity,
    context: PartContext,
  ): Promise<ReadonlyMap<string, OldImages>>;
}

/** Returns the preview of publishing and retention of a request. */
export function previewPublishing(plan: BakePlan, request: BakeRequest, surroundings: Surroundings): PublishingPreview {
  const pattern = patternOf(plan, request);
  const image = imageOf(request);
  const namesOf = (architecture: string, regions: Iterable<string>, { sourceName: build }: BuildIdentity) => {
    if (pattern === undefined || (architecture === "" && pattern.includes("{arch}"))) return [];
    return Array.from(regions, (region) => ({
      name: parameterName(pattern, { image, build, region, arch: architecture }),
      region,
    }));
  };
  return {
    async readParameters(planned, identity, context) {
      const parameters = namesOf(planned.architecture, planned.regions, identity);
      if (parameters.length === 0) return { parameters: [], refused: undefined };
      const series = request.overwriteParameter ? undefined : seriesOfBake(image, identity, context, planned);
      return readParameters(parameters, series, {
        context,
        openSession: (region) => openSessionFor({ ...planned.account, region }, surroundings),
      });
    },
    async findOldImages(after, identity, context) {
      if (!request.retention) return new Map();
      const moved = new Map(
        namesOf(after.architecture, after.images.keys(), identity).map(({ region, name }) => [region, name]),
      );
      return findOldImages(request.retention, after, { identity, context, image, moved, surroundings });
    },
  };
}

/** The build whose older images are searched for. */
interface RetainingBuild {
  readonly identity: BuildIdentity;
  readonly context: PartContext;
  readonly image: string;
  /** By Region, the parameter that the bake sets. */
  readonly moved: ReadonlyMap<string, string>;
  readonly surroundings: Surroundings;
}

/** Returns the images that retention would remove or disable after the bake, by Region. Throws when their use cannot be determined. */
async function findOldImages(
  retention: RequestedRetention,
  after: ImagesAfterBake,
  { identity, context, image, moved, surroundings }: RetainingBuild,
): Promise<ReadonlyMap<string, OldImages>> {
  const series = seriesOfBake(image, identity, context, after);
  const session = openSessionFor(after.account, surroundings);
  const { signal, narrator } = context;
  const now = new Date(session.serverNow()).toISOString();
  try {
    const { choices } = await applyRetention({
      policy: retention,
      regions: [...after.images.keys()],
      selection: ownSelection({ names: retention.names, build: identity.name, series }),
      spared: new Map([...after.images.values()].flatMap((id) => (id === undefined ? [] : [[id, "of this bake"]]))),
      expected: {
        created: new Map(
          [...after.images].flatMap(([region, id]) =>
            id === undefined ? [[region, expectedImage(after, series, now)]] : [],
          ),
        ),
        replaced: after.replaced,
        moved,
      },
      spareShared: true,
      dryRun: true,
      now: session.serverNow,
      scopeOf: (region) => ({ session, region, signal, narrator }),
      onDone: () => undefined,
    });
    const idsOf = (region: string, fate: Choice["fate"]) =>
      choices.flatMap((choice) => (choice.fate === fate && choice.image.region === region ? [choice.image.id] : []));
    return new Map(
      [...after.images.keys()].map((region) => [
        region,
        { removes: idsOf(region, "remove"), disables: idsOf(region, "disable") },
      ]),
    );
  } finally {
    session.close();
  }
}

/** Returns an image as the bake would create it now, as far as retention reads it. */
function expectedImage(
  { architecture, imageName }: ImagesAfterBake,
  series: ImageSeries,
  createdAt: string,
): FoundImage {
  const tags = {
    [TAG.owner]: OWNER,
    [TAG.build]: tagValue(series.build ?? ""),
    [TAG.image]: tagValue(series.image ?? ""),
    [TAG.repository]: tagValue(series.repository),
    ...(series.namePattern === undefined ? {} : { [TAG.names]: series.namePattern }),
  };
  const image = toFoundImage({
    ImageId: "new",
    Name: imageName,
    State: "available",
    CreationDate: createdAt,
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  });
  return { ...image, architecture };
}
