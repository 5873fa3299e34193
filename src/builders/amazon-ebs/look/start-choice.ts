import type { FoundImage } from "../../../aws/image.js";
import type { KnownFingerprint } from "../../../core/fingerprint.js";
import { TAG } from "../../../core/ownership.js";
import type { BakeReading } from "../bake.js";
import { hasFailedTests, isMadeByBuild, isUnfinished } from "../marks.js";
import { chooseReusedImage, type ReuseChoice } from "./reused-image.js";
import { sortUnfinished, type UnfinishedImages } from "./unfinished-image.js";

/** What this run may do with the images of earlier runs. It resumes if it can, else it reuses an image. */
export interface StartChoice {
  /** Images of earlier runs with the same inputs that are not finished. */
  readonly unfinished: UnfinishedImages;
  /** The image to reuse, or what changed since the newest one. */
  readonly reuse: ReuseChoice;
  /** Whether earlier runs of the build finished images that still exist. */
  readonly hasEarlier: boolean;
}

/** The inputs of this run that are not in its fingerprint. */
export interface ComparedInputs {
  readonly source: FoundImage;
  /** Hash of the tests of the run; undefined for none. */
  readonly testsHash: string | undefined;
}

/**
 * Compares the images with the tag of the build with the inputs of this run. It changes nothing: `chooseStartingPoint` claims an image that
 * is resumed. The fingerprint tag alone is not enough, because anyone who may tag images can set it: owner, name and build must match too.
 */
export function compareEarlierImages(
  { context, options, session }: BakeReading,
  ofBuild: readonly FoundImage[],
  fingerprint: KnownFingerprint,
  { source, testsHash }: ComparedInputs,
): StartChoice {
  const { settings } = context;
  const now = session.serverNow();
  const images = ofBuild.filter((image) => isMadeByBuild(image, fingerprint, settings.image));
  const same = images.filter(
    (image) => image.tags[TAG.fingerprint] === fingerprint.hash && image.architecture === source.architecture,
  );
  const resumable = same.filter((image) => !hasFailedTests(image, testsHash));
  return {
    unfinished: sortUnfinished(resumable, { ownership: settings.ownership, within: settings.resumeWithin, now }),
    reuse: chooseReusedImage(images, fingerprint, {
      ...settings.skipUnchanged,
      now,
      image: settings.image,
      architecture: source.architecture,
      encrypted: options.encrypt_boot,
      testsHash,
    }),
    hasEarlier: images.some((image) => !isUnfinished(image)),
  };
}

/** Returns why no image of the build Region can be compared; undefined where one is kept. */
export function reasonNothingIsKept({ options, session }: BakeReading): string | undefined {
  return options.skip_save_build_region
    ? `"skip_save_build_region" keeps no image in ${session.region} to reuse`
    : undefined;
}
