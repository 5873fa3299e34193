import type { FoundImage } from "../../aws/image.js";
import type { ResourceTags } from "../../aws/tags.js";
import { BakeError } from "../../core/errors.js";
import type { Fingerprint } from "../../core/fingerprint.js";
import type { Bake, ImagesByRegion } from "./bake.js";
import type { ExistingImage } from "./discovery/earlier-images.js";
import { isOfResumedBake, refuseNameConflicts, replacesOldImages } from "./discovery/prevalidate.js";
import { type RunRegions, regionsOfRun, targetRegions } from "./discovery/regions.js";
import { temporaryName } from "./marks.js";
import type { AmazonEbsOptions } from "./options/schema.js";
import { type ImageMetadata, type RenderedTags, renderTags, sourceFields } from "./tags.js";

/** One finished image that a bake is to make. */
export interface Target {
  readonly region: string;
  /** Undefined keeps the encryption of the first image. */
  readonly encrypted: boolean | undefined;
  readonly kmsKeyId: string | undefined;
}

/** Which images a bake makes. */
export interface ImagePlan {
  readonly finalName: string;
  /**
   * Name of the image made of the instance: the final one, or a temporary one where the finished image of the build region is
   * a copy of it (encryption, `skip_save_build_region`, an old image that has the name).
   */
  readonly firstName: string;
  readonly buildRegion: string;
  /** The build region first, then the others in the template's order. */
  readonly targets: readonly Target[];
}

/** What earlier runs left to start from. */
export interface StartingPoint {
  /** Undefined: this run bakes an image. */
  readonly existing: ExistingImage | undefined;
  /** Why an image is resumed or reused, or why none is reused. */
  readonly reason: string;
  /** Whether earlier runs of the build finished images that still exist. */
  readonly hasEarlier: boolean;
}

/** What is known before anything is created. */
export interface BakeFindings {
  readonly source: FoundImage;
  readonly fingerprint: Fingerprint;
  readonly start: StartingPoint;
  /** The account's own images that have the name. */
  readonly withName: ImagesByRegion;
}

/** All that is decided before anything is created. */
export interface PlannedBake extends ImagePlan {
  readonly source: FoundImage;
  readonly fingerprint: Fingerprint;
  readonly start: StartingPoint;
  readonly metadata: ImageMetadata;
  /** Old images with the name, which are replaced. */
  readonly replaced: ImagesByRegion;
}

/** Renders tags and description, and plans the images. Throws, before anything is created, when the name is in use. */
export function planBake(bake: Bake, { source, fingerprint, start, withName }: BakeFindings): PlannedBake {
  const { options, context, session } = bake;
  const { existing } = start;
  const fields = sourceFields(source, session.region);
  const rendered = renderTags(options, fields);
  const known = fingerprint.known ? fingerprint : undefined;
  const owner = { fingerprint, existing };
  refuseNameConflicts(bake, withName, owner);
  const old = [...withName].filter(([, image]) => !isOfResumedBake(bake, image, owner));
  const replaced: ImagesByRegion = new Map(replacesOldImages(bake) ? old : []);
  const images = planImages(options, regionsOfRun(bake), context.surroundings.ids.uuid(), new Set(replaced.keys()));
  if (images.targets.length === 0) {
    throw new BakeError("skip_save_build_region leaves no image: there is no region to copy to", {
      code: "no-target-region",
      hint: "Name regions in ami_regions or the input regions, or take skip_save_build_region out.",
      range: context.range,
    });
  }
  return {
    ...images,
    firstName: existing?.image.name ?? images.firstName,
    finalName: existing?.finalName ?? images.finalName,
    source,
    fingerprint,
    start,
    metadata: {
      description: options.ami_description?.render(fields) ?? "",
      tags: existing && known ? keepChangingTags(rendered, existing.image.tags, known.changingTags) : rendered,
      fingerprint: known,
      names: fingerprint.namePattern,
    },
    replaced,
  };
}

/** Keeps the existing image's values of tags that change with the time of a bake: its copies are of the same bake. */
function keepChangingTags(tags: RenderedTags, existing: ResourceTags, changing: readonly string[]): RenderedTags {
  const keep = (rendered: ResourceTags) =>
    Object.fromEntries(
      Object.entries(rendered).map(([key, value]) => [key, changing.includes(key) ? (existing[key] ?? value) : value]),
    );
  return { ...tags, image: keep(tags.image), snapshot: keep(tags.snapshot) };
}

/** Decides which images are made. `unique` makes the temporary name this run's own; `replaced`: regions with an old image to replace. */
export function planImages(
  options: AmazonEbsOptions,
  regions: RunRegions,
  unique: string,
  replaced: ReadonlySet<string>,
): ImagePlan {
  const copies = targetRegions(options, regions).filter((region) => region !== regions.build);
  const targets = options.skip_save_build_region ? copies : [regions.build, ...copies];
  const needsCopy = options.encrypt_boot === true || options.skip_save_build_region || replaced.has(regions.build);
  return {
    finalName: options.ami_name,
    firstName: needsCopy ? temporaryName(options.ami_name, unique) : options.ami_name,
    buildRegion: regions.build,
    targets: targets.map((region) => ({
      region,
      encrypted: options.encrypt_boot,
      kmsKeyId: (region === regions.build ? options.kms_key_id : options.region_kms_key_ids[region]) || undefined,
    })),
  };
}

/** Returns whether the image made of the instance is itself the finished one of the build region. */
export function firstIsFinal(plan: ImagePlan): boolean {
  return plan.firstName === plan.finalName;
}

/** Returns the regions whose image is a copy of the first one. */
export function copyTargets(plan: ImagePlan): readonly Target[] {
  return plan.targets.filter(({ region }) => region !== plan.buildRegion || !firstIsFinal(plan));
}

/** Returns what an image is still missing, for its unfinished mark: `copy:eu-west-1 copy:us-west-2`. */
export function missingText(plan: ImagePlan, done: ReadonlySet<string>): string {
  const copies = copyTargets(plan).filter(({ region }) => !done.has(region));
  return copies.length > 0 ? copies.map(({ region }) => `copy:${region}`).join(" ") : "finish";
}
