import type { FoundImage } from "../../aws/image.js";
import type { ResourceTags } from "../../aws/tags.js";
import { BakeError } from "../../core/errors.js";
import type { Fingerprint } from "../../core/fingerprint.js";
import type { BakeReading, ImagesByRegion } from "./bake.js";
import type { ExistingImage } from "./look/earlier-images.js";
import type { FastLaunchPlan } from "./look/fast-launch.js";
import { isOfResumedBake, refuseNameConflicts, replacesOldImages } from "./look/prevalidate.js";
import { type RunRegions, regionsOfRun, targetRegions } from "./look/regions.js";
import { temporaryName } from "./marks.js";
import type { AmazonEbsOptions } from "./options/schema.js";
import { fitTags } from "./tag-limits.js";
import { type ImageMetadata, type RenderedTags, renderTags, sourceFields } from "./tags.js";

/** A finished image that a bake creates. */
export interface Target {
  readonly region: string;
  /** Undefined keeps the encryption of the first image. */
  readonly encrypted: boolean | undefined;
  readonly kmsKeyId: string | undefined;
}

/** The images that a bake creates. */
export interface ImagePlan {
  readonly finalName: string;
  /**
   * Name of the image created from the instance: the final name; or a temporary one, if the finished image of the build Region is a copy
   * of it (encryption, `skip_save_build_region`, an old image with the name).
   */
  readonly firstName: string;
  readonly buildRegion: string;
  /** The build Region first, then the others in the template's order. */
  readonly targets: readonly Target[];
}

/** What this run starts from: an image of an earlier run, or none. */
export interface StartingPoint {
  /** Undefined: this run bakes an image. */
  readonly existing: ExistingImage | undefined;
  /** Why an image is resumed or reused, or why none is. */
  readonly reason: string;
  /** Whether earlier runs of the build finished images that still exist. */
  readonly hasEarlier: boolean;
}

/** What is read before anything is created. */
export interface BakeFindings {
  readonly source: FoundImage;
  readonly fingerprint: Fingerprint;
  /** Hash of the tests of the run; undefined for none. */
  readonly testsHash: string | undefined;
  readonly start: StartingPoint;
  /** The account's own images with the name. */
  readonly withName: ImagesByRegion;
  readonly fastLaunch: FastLaunchPlan;
}

/** All that is decided before anything is created. */
export interface PlannedBake extends ImagePlan {
  readonly source: FoundImage;
  readonly fingerprint: Fingerprint;
  /** Hash of the tests of the run; undefined for none. */
  readonly testsHash: string | undefined;
  readonly start: StartingPoint;
  readonly metadata: ImageMetadata;
  /** Old images with the name, to be replaced. */
  readonly replaced: ImagesByRegion;
  readonly fastLaunch: FastLaunchPlan;
}

/** Renders tags and description, and plans the images. Throws when the name is in use; nothing was created then. */
export function planBake(bake: BakeReading, findings: BakeFindings): PlannedBake {
  const { source, fingerprint, testsHash, start, withName, fastLaunch } = findings;
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
    throw new BakeError('"skip_save_build_region" keeps no image, and there is no Region to copy to', {
      code: "no-target-region",
      hint: 'Set "ami_regions" or the input "regions", or remove "skip_save_build_region".',
      range: context.range,
    });
  }
  context.surroundings.debug(() => imagesText(images));
  return {
    ...images,
    firstName: existing?.image.name ?? images.firstName,
    finalName: existing?.finalName ?? images.finalName,
    source,
    fingerprint,
    testsHash,
    start,
    metadata: fitTags(
      {
        description: options.ami_description?.render(fields) ?? "",
        tags: existing && known ? keepChangingTags(rendered, existing.image.tags, known.changingTags) : rendered,
        fingerprint: known,
        names: fingerprint.namePattern,
      },
      existing?.finalName ?? images.finalName,
      context,
    ),
    replaced,
    fastLaunch,
  };
}

/** Returns the images to create, for the debug log. */
function imagesText({ finalName, firstName, targets }: ImagePlan): string {
  const first = firstName === finalName ? "" : `, first created as "${firstName}"`;
  return `AMI "${finalName}"${first}, in ${targets.map(({ region }) => region).join(", ")}`;
}

/** Keeps the existing image's values of tags that change with each bake, because its copies are of the same bake. */
function keepChangingTags(tags: RenderedTags, existing: ResourceTags, changing: readonly string[]): RenderedTags {
  const keep = (rendered: ResourceTags) =>
    Object.fromEntries(
      Object.entries(rendered).map(([key, value]) => [key, changing.includes(key) ? (existing[key] ?? value) : value]),
    );
  return { ...tags, image: keep(tags.image), snapshot: keep(tags.snapshot) };
}

/** Plans the images. `unique` makes the temporary name unique for this run; `replaced`: Regions with an old image to replace. */
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
      // EC2 refuses an explicit `false` for copies of encrypted images, and under encryption by default.
      encrypted: options.encrypt_boot === true ? true : undefined,
      kmsKeyId: (region === regions.build ? options.kms_key_id : options.region_kms_key_ids[region]) || undefined,
    })),
  };
}

/** Returns whether the image created from the instance is the finished one of the build Region. */
export function firstIsFinal(plan: ImagePlan): boolean {
  return plan.firstName === plan.finalName;
}

/** Returns the targets whose image is a copy of the first one. */
export function copyTargets(plan: ImagePlan): readonly Target[] {
  return plan.targets.filter(({ region }) => region !== plan.buildRegion || !firstIsFinal(plan));
}

/** Returns the remaining work, for the unfinished mark: `copy:eu-west-1 copy:us-west-2`. */
export function missingText(plan: ImagePlan, done: ReadonlySet<string>): string {
  const copies = copyTargets(plan).filter(({ region }) => !done.has(region));
  return copies.length > 0 ? copies.map(({ region }) => `copy:${region}`).join(" ") : "finish";
}
