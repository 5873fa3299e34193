import type { FoundImage } from "../../../aws/image.js";
import { newestFirst } from "../../../core/image-order.js";
import type {
  ImagesAfterBake,
  OldImages,
  ParameterReading,
  PreviewContext,
  RegionPreview,
} from "../../../core/preview.js";
import type { BakeReading, ImagesByRegion } from "../bake.js";
import { describeEarlierCopies } from "../look/earlier-copies.js";
import { copyTargets, firstIsFinal, type PlannedBake } from "../plan.js";
import type { Decided } from "./decide.js";
import type { PreviewLookups } from "./lookups.js";

/** What is known about the images of a build. */
export interface PlannedRegions {
  readonly plan: PlannedBake;
  readonly decided: Decided;
  readonly parameters: readonly ParameterReading[];
  /** The images of the build in its Region. */
  readonly ofBuild: readonly FoundImage[];
  /** As `presentImages`. */
  readonly present: ImagesByRegion;
}

/** Returns what happens in each Region of the images. */
export async function previewRegions(
  bake: BakeReading & { readonly context: PreviewContext },
  lookups: PreviewLookups,
  planned: PlannedRegions,
): Promise<readonly RegionPreview[]> {
  const { plan, decided, present } = planned;
  const old = decided.decision === "unknown" ? undefined : await findOldImages(bake, lookups, plan, present);
  const staysAt = newerImage(planned);
  if (staysAt !== undefined) warnOfNewerImage(bake, staysAt, plan);
  return plan.targets.map(({ region }): RegionPreview => {
    const parameter = planned.parameters.find((each) => each.region === region);
    const image = present.get(region)?.id;
    return {
      region,
      image: image !== undefined ? "present" : isCopied(plan, region) ? "copy" : "create",
      parameter: parameter && {
        name: parameter.name,
        from: parameter.value,
        isRead: parameter.value !== undefined || parameter.error === undefined,
        to: staysAt === undefined ? image : parameter.value,
      },
      replaces: [plan.replaced.get(region)?.id ?? []].flat(),
      ...(old?.get(region) ?? { removes: [], disables: [] }),
    };
  });
}

/** Whether the image of a Region is a copy for a reader: the image of the build Region is created, also where it is a copy of a temporary one. */
function isCopied({ buildRegion, start }: PlannedBake, region: string): boolean {
  return region !== buildRegion || start.existing !== undefined;
}

/** Returns the image that is reused or resumed, and its copies that exist, by Region; none for a bake. */
export async function presentImages(
  bake: BakeReading,
  lookups: PreviewLookups,
  plan: PlannedBake,
): Promise<ImagesByRegion> {
  const { existing } = plan.start;
  const { fingerprint } = plan.metadata;
  if (!existing || !fingerprint) return new Map();
  const own = firstIsFinal(plan) ? [[plan.buildRegion, existing.image] as const] : [];
  const copies = await Promise.all(
    copyTargets(plan).map(async ({ region }) => {
      const found = await lookups.read({ what: "the copies of the image", region }, () =>
        describeEarlierCopies(bake, region, plan.finalName, fingerprint),
      );
      const copy = found?.value.copy;
      return copy?.state === "available" || copy?.state === "pending" ? [[region, copy] as const] : [];
    }),
  );
  return new Map([...own, ...copies.flat()]);
}

/** Returns the images that retention would remove or disable; undefined if they are not known. */
async function findOldImages(
  { context, session }: BakeReading & { readonly context: PreviewContext },
  lookups: PreviewLookups,
  plan: PlannedBake,
  present: ImagesByRegion,
): Promise<ReadonlyMap<string, OldImages> | undefined> {
  const after: ImagesAfterBake = {
    account: session.reference(),
    architecture: plan.source.architecture,
    imageName: plan.finalName,
    namePattern: plan.metadata.names,
    images: new Map(plan.targets.map(({ region }) => [region, present.get(region)?.id])),
    replaced: new Set([...plan.replaced.values()].map(({ id }) => id)),
  };
  return (await lookups.read("the older images that retention would remove", () => context.findOldImages(after)))
    ?.value;
}

/**
 * Returns the image that the parameter of the build Region names, if it is newer than the one that is reused: a bake leaves all parameters
 * then.
 */
function newerImage({ plan, decided, parameters, ofBuild }: PlannedRegions): string | undefined {
  const { existing } = decided.start;
  const value = parameters.find(({ region }) => region === plan.buildRegion)?.value;
  const image = ofBuild.find(({ id }) => id === value);
  if (!existing || image === undefined || image.id === existing.image.id) return undefined;
  return newestFirst(image, existing.image) < 0 ? image.id : undefined;
}

function warnOfNewerImage({ context, session }: BakeReading, newer: string, { start }: PlannedBake): void {
  context.narrator.warn({
    code: "parameter-newer",
    summary: `The parameter in ${session.region} would not be changed: its image ${newer} is newer than ${start.existing?.image.id}`,
  });
}
