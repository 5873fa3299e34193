import type { CallScope } from "../../../../aws/client/session.js";
import { type DryRunResult, dryRunCopy, dryRunKeyPair, dryRunSecurityGroup } from "../../../../aws/dry-run.js";
import type { FoundImage } from "../../../../aws/image.js";
import type { ResourceTags } from "../../../../aws/tags.js";
import type { Diagnostic } from "../../../../core/diagnostics.js";
import { generateKeyPair } from "../../../../ssh/keys/key-pair.js";
import type { BakeReading } from "../../bake.js";
import type { Target } from "../../plan.js";
import type { ImageMetadata } from "../../tags.js";
import { rangeOfRegion } from "../regions.js";
import type { PreflightFacts } from "./facts.js";
import { isPermission, problemOf } from "./problems.js";

const RUN_TAGS = ["run_tags", "run_tag"];

/** What the dry runs of creations have in common. */
export interface Creation {
  readonly tags: ResourceTags;
  /** Tags of ownership. */
  readonly marks: ResourceTags;
}

/** Checks the security group that the bake creates. */
export async function checkSecurityGroup(
  bake: BakeReading,
  scope: CallScope,
  { tags, marks }: Creation,
  vpcId: string | undefined,
): Promise<Diagnostic | undefined> {
  const name = `packer_${bake.context.surroundings.ids.uuid()}`;
  const spec = { name, description: "Temporary group of bake-ami", vpcId, tags };
  return problemOf(bake, await dryRunSecurityGroup(scope, spec, marks), {
    action: "ec2:CreateSecurityGroup",
    region: scope.region,
    tagOptions: RUN_TAGS,
    standIns: undefined,
    isNeeded: true,
  });
}

/** Checks the key pair that the bake creates, with another key: the real one may take seconds to generate. */
export async function checkKeyPair(
  bake: BakeReading,
  scope: CallScope,
  { tags, marks }: Creation,
): Promise<Diagnostic | undefined> {
  const name = bake.options.temporary_key_pair_name || `packer_${bake.context.surroundings.ids.uuid()}`;
  const { publicKey } = await generateKeyPair("ed25519", { comment: name });
  return problemOf(bake, await dryRunKeyPair(scope, { name, publicKey, tags }, marks), {
    action: "ec2:ImportKeyPair",
    region: scope.region,
    tagOptions: RUN_TAGS,
    standIns: undefined,
    isNeeded: true,
  });
}

/** A copy to check. */
export interface CheckedCopy {
  readonly source: FoundImage;
  readonly metadata: Pick<ImageMetadata, "description" | "tags">;
  readonly images: PreflightFacts["images"];
  readonly target: Target;
  readonly marks: ResourceTags;
}

/**
 * Checks the copy of the image to a Region. The image does not exist yet, so the source AMI stands in for it. There is no such check of
 * CreateImage: it needs the instance.
 */
export async function checkCopy(
  bake: BakeReading,
  scope: CallScope,
  { source, metadata, images, target, marks }: CheckedCopy,
): Promise<Diagnostic | undefined> {
  const spec = {
    name: images.finalName,
    description: metadata.description,
    imageTags: metadata.tags.image,
    snapshotTags: metadata.tags.snapshot,
    spareTags: 0,
    sourceRegion: images.buildRegion,
    sourceImageId: source.id,
    encrypted: target.encrypted,
    kmsKeyId: target.kmsKeyId,
    durationMinutes: bake.options.snapshot_copy_duration_minutes,
  };
  const result = await dryRunCopy(scope, spec, marks);
  if (typeof result !== "string" && isAboutStandIn(result.awsCode, result.awsMessage, source)) return undefined;
  return problemOf(bake, result, {
    action: "ec2:CopyImage",
    region: target.region,
    tagOptions: ["tags", "tag", "snapshot_tags", "snapshot_tag", "run_tags", "run_tag"],
    range: rangeOfRegion(target.region, bake),
    standIns: /:(image\/ami-|snapshot\/snap-)/,
    isNeeded:
      isOfCopy(result) && (bake.context.settings.missingRegion === "fail" || target.region === images.buildRegion),
  });
}

/**
 * Returns whether a refusal is certainly about the copy that the bake makes: its permission, key or tags. Any other may be about the
 * source AMI, and a bake must not end because of it.
 */
function isOfCopy(result: DryRunResult): boolean {
  if (typeof result === "string") return false;
  const { awsCode, awsMessage } = result;
  return isPermission(result) || /^TagPolicy|^(Invalid)?Tag|KMS/i.test(awsCode) || /\bKMS\b/i.test(awsMessage);
}

/** Returns whether EC2 refuses to copy the source AMI, which the bake does not do: its owner does not share its snapshots, or sells it. */
function isAboutStandIn(code: string, message: string, source: FoundImage): boolean {
  return (
    /^InvalidAMIID|^InvalidAMIName\.Duplicate$|^InvalidSnapshot/.test(code) ||
    /storage of (this|the) ami|marketplace|product code|billing/i.test(message) ||
    message.includes(source.id)
  );
}
