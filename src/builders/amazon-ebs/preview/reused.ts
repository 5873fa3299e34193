import { describeFastLaunch, hasFastLaunch } from "../../../aws/fast-launch.js";
import type { FoundImage } from "../../../aws/image.js";
import { describeLaunchPermissions } from "../../../aws/image-attributes.js";
import { describeVolumePermissions } from "../../../aws/snapshot.js";
import type { InputChange } from "../../../core/fingerprint.js";
import { TAG } from "../../../core/ownership.js";
import { type BakeReading, type ImagesByRegion, inRegion } from "../bake.js";
import {
  missingAttributes,
  missingLaunchPermissions,
  missingVolumePermissions,
  sharesNothing,
} from "../look/missing-attributes.js";
import type { PlannedBake } from "../plan.js";
import { missingTags } from "../tags.js";
import type { PreviewLookups } from "./lookups.js";

/**
 * Returns what a bake would change on images that are reused: tags, attributes and permissions that they do not have, and tests that run
 * again. A change of some Regions only names them.
 */
export async function changesOfReused(
  bake: BakeReading,
  lookups: PreviewLookups,
  plan: PlannedBake,
  { images, testsHash }: { readonly images: ImagesByRegion; readonly testsHash: string | undefined },
): Promise<readonly InputChange[]> {
  const found = await Promise.all(
    [...images].map(async ([region, image]) => {
      const shares = await changedShares(bake, lookups, region, image);
      const fastLaunch = await changedFastLaunch(bake, lookups, { plan, region, image });
      const all = [...changedTags(image, plan), ...changedAttributes(bake, image), ...shares, ...fastLaunch];
      return all.map((change) => ({ change, region }));
    }),
  );
  const tested = images.get(plan.buildRegion)?.tags[TAG.tested]?.split(" ")[0];
  const tests = testsHash === undefined || tested === testsHash ? [] : [named("tests of the image")];
  return [...grouped(found.flat(), images.size), ...tests];
}

function named(what: string, to?: string): InputChange {
  return { what, from: undefined, to };
}

function changedTags(image: FoundImage, { metadata }: PlannedBake): readonly InputChange[] {
  return missingTags(image, metadata).map(([key, to]) => ({ what: `tag ${key}`, from: image.tags[key], to }));
}

function changedAttributes({ options }: BakeReading, image: FoundImage): readonly InputChange[] {
  const { productCodes, imdsV2, deprecation, protection } = missingAttributes(options, image);
  return [
    ...(productCodes ? [named("product codes", options.ami_product_codes.join(", "))] : []),
    ...(imdsV2 ? [named("IMDS support", "v2.0")] : []),
    ...(deprecation ? [named("deprecation", deprecation)] : []),
    ...(protection ? [named("deregistration protection", protection)] : []),
  ];
}

/** Reads the permissions only where the template sets some. */
async function changedShares(
  bake: BakeReading,
  lookups: PreviewLookups,
  region: string,
  image: FoundImage,
): Promise<readonly InputChange[]> {
  const { options } = bake;
  const scope = inRegion(bake, region);
  const launch = sharesNothing(missingLaunchPermissions(options, image, undefined))
    ? undefined
    : await lookups.read({ what: "the launch permissions", region }, () => describeLaunchPermissions(scope, image.id));
  const isShared = !launch || sharesNothing(missingLaunchPermissions(options, image, launch.value));
  const [snapshot] = image.snapshotIds;
  const needsVolumes = snapshot !== undefined && !sharesNothing(missingVolumePermissions(options, undefined));
  const volume = needsVolumes
    ? await lookups.read({ what: "the permissions of snapshots", region }, () =>
        describeVolumePermissions(scope, snapshot),
      )
    : undefined;
  const areShared = !volume || sharesNothing(missingVolumePermissions(options, volume.value));
  return [
    ...(isShared ? [] : [named("launch permissions")]),
    ...(areShared ? [] : [named("permissions of the snapshots")]),
  ];
}

async function changedFastLaunch(
  bake: BakeReading,
  lookups: PreviewLookups,
  { plan, region, image }: { readonly plan: PlannedBake; readonly region: string; readonly image: FoundImage },
): Promise<readonly InputChange[]> {
  if (!plan.fastLaunch.has(region)) return [];
  const scope = inRegion(bake, region);
  const read = await lookups.read({ what: "fast launch", region }, () => describeFastLaunch(scope, image.id));
  return !read || hasFastLaunch(read.value) ? [] : [named("fast launch", "enabled")];
}

/** Returns each change once; one that not all images have with its Regions. */
function grouped(
  found: readonly { readonly change: InputChange; readonly region: string }[],
  all: number,
): readonly InputChange[] {
  const groups = new Map<string, { readonly change: InputChange; readonly regions: string[] }>();
  for (const { change, region } of found) {
    const key = JSON.stringify([change.what, change.from, change.to]);
    const group = groups.get(key) ?? { change, regions: [] };
    group.regions.push(region);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ change, regions }) =>
    regions.length === all ? change : { ...change, what: `${change.what} in ${regions.join(", ")}` },
  );
}
