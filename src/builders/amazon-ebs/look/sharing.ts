import {
  arePublicImagesBlocked,
  arePublicSnapshotsBlocked,
  type EbsEncryption,
  readEbsEncryption,
} from "../../../aws/account-settings.js";
import type { FoundImage } from "../../../aws/image.js";
import { BakeError } from "../../../core/errors.js";
import { type BakeReading, inRegion } from "../bake.js";

/** Accounts block public images by default (EC2 block public access for AMIs). This is reported before the bake, not after it. */
export async function refuseBlockedSharing(bake: BakeReading, region: string): Promise<void> {
  const scope = inRegion(bake, region);
  const { ami_groups: groups, snapshot_groups: snapshotGroups } = bake.options;
  const [images, snapshots] = await Promise.all([
    groups.length > 0 && arePublicImagesBlocked(scope),
    snapshotGroups.length > 0 && arePublicSnapshotsBlocked(scope),
  ]);
  if (images) {
    throw new BakeError(`The account blocks public images in ${region}, but "ami_groups" makes the image public`, {
      code: "public-images-blocked",
      region,
      hint: 'Disable block public access for AMIs in that Region (EC2 console, account attributes), or share with accounts by "ami_users".',
    });
  }
  if (!snapshots) return;
  throw new BakeError(
    `The account blocks public snapshots in ${region}, but "snapshot_groups" makes the snapshots public`,
    {
      code: "public-snapshots-blocked",
      region,
      hint: 'Disable block public access for EBS snapshots in that Region (EC2 console, data protection and security), or share with accounts by "snapshot_users".',
      range: bake.context.place("snapshot_groups"),
    },
  );
}

const WITH_ACCOUNTS = ["ami_users", "ami_org_arns", "ami_ou_arns", "snapshot_users"] as const;
const WITH_ALL = ["ami_groups", "snapshot_groups"] as const;

/**
 * Throws where the account's encryption by default would encrypt an image that is to be shared: one that is encrypted with the default key
 * of AWS cannot be shared with accounts, and no encrypted one with all. `targets`: the Regions of the finished images. With `encrypt_boot` the options are checked alone.
 */
export async function refuseUnsharableEncryption(
  bake: BakeReading,
  source: FoundImage,
  targets: readonly string[],
): Promise<void> {
  const { options, context, session } = bake;
  const given = [...WITH_ALL, ...WITH_ACCOUNTS].find((name) => options[name].length > 0);
  if (given === undefined || options.encrypt_boot === true || options.skip_create_ami) return;
  const isPublic = given === "ami_groups" || given === "snapshot_groups";
  const home = await readEbsEncryption(inRegion(bake));
  const read = targets.map(async (region) => {
    const isHome = region === session.region;
    const own = isHome ? home : await readEbsEncryption(inRegion(bake, region));
    const isManaged = own?.isManagedKey === true && !(isHome && hasOwnKeys(bake, source));
    return isEncrypted(home, own) && (isPublic || isManaged) ? [region] : [];
  });
  const regions = (await Promise.all(read)).flat();
  if (regions.length === 0) return;
  const where = regions.join(", ");
  throw new BakeError(
    isPublic
      ? `Encrypted images cannot be public, and the account encrypts them by default: ${where}`
      : `Cannot share the AMI: the account encrypts it by default with the key of AWS (alias/aws/ebs) in ${where}`,
    {
      code: "default-key-cannot-be-shared",
      region: regions[0],
      range: context.place(given),
      hint: isPublic
        ? "Disable encryption by default in these Regions (EC2 console, data protection and security)."
        : 'Set "encrypt_boot" to true and a customer managed key with "kms_key_id" and "region_kms_key_ids", or make it the default key for EBS in these Regions.',
    },
  );
}

/** The image of the build Region is encrypted by the setting there. A copy is encrypted if its source is, or by the setting of its Region. */
function isEncrypted(home: EbsEncryption | undefined, own: EbsEncryption | undefined): boolean {
  return home?.byDefault === true || own?.byDefault === true;
}

/** Returns whether volumes of the instance may have other keys than the default one: those of the template, or of the source image. */
function hasOwnKeys({ options }: BakeReading, source: FoundImage): boolean {
  return (
    options.launch_block_device_mappings.some(({ kms_key_id: key }) => Boolean(key)) ||
    source.mappings.some(({ Ebs }) => Ebs?.Encrypted === true)
  );
}
