import { createHash } from "node:crypto";
import type { FoundImage } from "../../aws/image.js";
import type { AmazonEbsOptions } from "./options/schema.js";

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
   * a copy of it (encryption, `skip_save_build_region`, an old image that holds the name).
   */
  readonly firstName: string;
  readonly buildRegion: string;
  /** The build region first, then the others in the template's order. */
  readonly targets: readonly Target[];
}

/** Longest name of an image. */
const LONGEST_NAME = 128;

/** Decides which images are made. `taken`: regions in which an old image that is to be replaced holds the name. */
export function planImages(
  options: AmazonEbsOptions,
  buildRegion: string,
  moreRegions: readonly string[],
  unique: string,
  taken: ReadonlySet<string>,
): ImagePlan {
  const copies = targetRegions(options, buildRegion, moreRegions).filter((region) => region !== buildRegion);
  const regions = options.skip_save_build_region ? copies : [buildRegion, ...copies];
  const intermediate = options.encrypt_boot === true || options.skip_save_build_region || taken.has(buildRegion);
  return {
    finalName: options.ami_name,
    firstName: intermediate ? temporaryName(options.ami_name, unique) : options.ami_name,
    buildRegion,
    targets: regions.map((region) => ({
      region,
      encrypted: options.encrypt_boot,
      kmsKeyId: keyOf(options, region, buildRegion),
    })),
  };
}

/** The build region and all regions to copy to, each once. */
export function targetRegions(
  options: Pick<AmazonEbsOptions, "ami_regions">,
  buildRegion: string,
  moreRegions: readonly string[],
): readonly string[] {
  return [...new Set([buildRegion, ...options.ami_regions, ...moreRegions])];
}

function keyOf(options: AmazonEbsOptions, region: string, buildRegion: string): string | undefined {
  const key = region === buildRegion ? options.kms_key_id : options.region_kms_key_ids[region];
  return key || undefined;
}

/** A dash and ten digits tell a temporary name from the final one. */
const SUFFIX_LENGTH = 11;

/** A name that tells what the image will be, and that no other run uses. */
export function temporaryName(name: string, unique: string): string {
  const digest = createHash("sha256").update(`${name}\n${unique}`).digest("hex");
  return `${longestKept(name)}-${digest.slice(0, SUFFIX_LENGTH - 1)}`;
}

/** What temporary names keep of a name. */
export function longestKept(name: string): string {
  return name.slice(0, LONGEST_NAME - SUFFIX_LENGTH);
}

/** Whether the image made of the instance is itself the finished one of the build region. */
export function firstIsFinal(plan: ImagePlan): boolean {
  return plan.firstName === plan.finalName;
}

/** What an image is still missing, for its unfinished mark: `copy:eu-west-1 copy:us-west-2`. */
export function missingText(plan: ImagePlan, done: ReadonlySet<string>): string {
  const regions = plan.targets.map((target) => target.region).filter((region) => !done.has(region));
  const copies = regions.filter((region) => region !== plan.buildRegion || !firstIsFinal(plan));
  return copies.length > 0 ? copies.map((region) => `copy:${region}`).join(" ") : "finish";
}

/** The old images of the name by region. */
export type OldImages = ReadonlyMap<string, FoundImage>;
