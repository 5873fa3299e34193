import type { FoundImage } from "../../../aws/image.js";
import type { AmiArtifact, EmptyArtifact, SkipOutcome } from "../../../core/artifact.js";
import { rankOf } from "../../../core/image-order.js";
import type { ImageTestReport } from "../../../core/image-tests.js";
import type { Bake } from "../bake.js";
import type { PlannedBake, StartingPoint } from "../plan.js";

/** Builder id of Packer's amazon-ebs. Other tools read it in manifests. */
const BUILDER_ID = "mitchellh.amazonebs";

/** What an artifact has in addition to its images. */
export interface ArtifactEnding {
  readonly missing: readonly { readonly region: string; readonly reason: string }[];
  /** Undefined where no tests were requested, or while they run. */
  readonly tests: ImageTestReport | undefined;
}

/** Returns the artifact of a bake, its images sorted by Region. */
export function amiArtifact(
  bake: Bake,
  plan: PlannedBake,
  images: readonly { readonly region: string; readonly image: FoundImage }[],
  { missing, tests }: ArtifactEnding,
): AmiArtifact {
  const { source, fingerprint } = plan;
  return {
    kind: "ami",
    builderId: BUILDER_ID,
    buildRegion: plan.buildRegion,
    imageName: plan.finalName,
    account: bake.session.reference(),
    images: images
      .map(({ region, image }) => ({
        region,
        imageId: image.id,
        snapshotIds: image.snapshotIds,
        rank: rankOf(image),
      }))
      .sort((a, b) => a.region.localeCompare(b.region)),
    missing: missing.map(({ region, reason }) => ({ region, reason })),
    source: {
      imageId: source.id,
      name: source.name,
      createdAt: source.createdAt,
      owner: source.owner,
      ownerAlias: source.ownerAlias,
      architecture: source.architecture,
      tags: source.tags,
    },
    fingerprint: fingerprint.known ? fingerprint.hash : undefined,
    hasEarlier: plan.start.hasEarlier,
    namePattern: fingerprint.namePattern,
    skip: skipOutcome(bake, plan.start),
    tests,
  };
}

function skipOutcome(bake: Bake, { existing, reason }: StartingPoint): SkipOutcome | undefined {
  if (existing) return { skipped: existing.kind === "reused", reason };
  return bake.context.settings.skipUnchanged.enabled ? { skipped: false, reason } : undefined;
}

/** Returns the artifact of a bake with `skip_create_ami`: it has no image. */
export function noImageArtifact(): EmptyArtifact {
  return { kind: "none", builderId: BUILDER_ID, id: undefined, text: "No AMI was created (skip_create_ami)." };
}
