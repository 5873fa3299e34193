import type { FoundImage } from "../../../aws/image.js";
import type { AmiArtifact, EmptyArtifact, SkipOutcome } from "../../../core/artifact.js";
import type { Bake } from "../bake.js";
import type { Work } from "../plan.js";

/** Builder id of Packer's amazon-ebs, which other tools read in manifests. */
const BUILDER_ID = "mitchellh.amazonebs";

/** The artifact of a bake; images sorted by region. */
export function amiArtifact(
  bake: Bake,
  work: Work,
  images: readonly { readonly region: string; readonly image: FoundImage }[],
  missing: readonly { readonly region: string; readonly reason: string }[],
): AmiArtifact {
  const { source, fingerprint } = work;
  const skip = skipOutcome(bake, work);
  return {
    kind: "ami",
    builderId: BUILDER_ID,
    buildRegion: work.plan.buildRegion,
    imageName: work.plan.finalName,
    account: bake.session.reference(),
    images: images
      .map(({ region, image }) => ({
        region,
        imageId: image.id,
        snapshotIds: image.snapshotIds,
        createdAt: image.createdAt,
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
    hasEarlier: work.hasEarlier,
    namePattern: fingerprint.namePattern,
    skip,
  };
}

function skipOutcome(bake: Bake, work: Work): SkipOutcome | undefined {
  if (work.adopted?.why === "unchanged") return { skipped: true, reason: work.reason };
  return bake.context.settings.skipUnchanged.enabled ? { skipped: false, reason: work.reason } : undefined;
}

/** What `skip_create_ami` leaves: nothing. */
export function skippedArtifact(): EmptyArtifact {
  return { kind: "none", builderId: BUILDER_ID, text: "No AMI was created (skip_create_ami)." };
}
