import type { FoundImage } from "../../../aws/image.js";
import type { LaunchPermissions } from "../../../aws/image-attributes.js";
import type { VolumePermissions } from "../../../aws/snapshot.js";
import type { AmazonEbsOptions } from "../options/schema.js";

/** The attributes that the template sets and an available image does not have. */
export interface MissingAttributes {
  readonly productCodes: boolean;
  readonly imdsV2: boolean;
  /** A reused image keeps its deprecation time, which was computed when it was baked. */
  readonly deprecation: string | undefined;
  readonly protection: FoundImage["protection"];
}

/** Returns the attributes to set on an image. Pure. */
export function missingAttributes(options: AmazonEbsOptions, image: FoundImage): MissingAttributes {
  const { enabled = false, with_cooldown: cooldown = false } = options.deregistration_protection ?? {};
  const protection = cooldown ? "with-cooldown" : "without-cooldown";
  return {
    productCodes: options.ami_product_codes.some((code) => !image.productCodes.includes(code)),
    imdsV2: options.imds_support === "v2.0" && !image.imdsV2,
    deprecation: image.deprecatesAt === undefined ? options.deprecate_at || undefined : undefined,
    protection: (enabled || cooldown) && image.protection !== protection ? protection : undefined,
  };
}

/** Returns the launch permissions that the template sets and that are not `present`; undefined: none is present. Pure. */
export function missingLaunchPermissions(
  options: AmazonEbsOptions,
  image: FoundImage,
  present: LaunchPermissions | undefined,
): LaunchPermissions {
  return {
    users: without(options.ami_users, present?.users),
    groups: image.isPublic ? [] : without(options.ami_groups, present?.groups),
    organizationArns: without(options.ami_org_arns, present?.organizationArns),
    organizationalUnitArns: without(options.ami_ou_arns, present?.organizationalUnitArns),
  };
}

/** Returns the volume permissions that the template sets on snapshots, as `missingLaunchPermissions`. Pure. */
export function missingVolumePermissions(
  { snapshot_users: users, snapshot_groups: groups }: AmazonEbsOptions,
  present: VolumePermissions | undefined,
): VolumePermissions {
  return { users: without(users, present?.users), groups: without(groups, present?.groups) };
}

/** Returns whether there is nothing to share. */
export function sharesNothing(permissions: LaunchPermissions | VolumePermissions): boolean {
  return Object.values(permissions).every((list) => list.length === 0);
}

function without(required: readonly string[], present: readonly string[] = []): readonly string[] {
  return required.filter((each) => !present.includes(each));
}
