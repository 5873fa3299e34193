import {
  DescribeImageAttributeCommand,
  DisableImageCommand,
  EnableImageDeprecationCommand,
  EnableImageDeregistrationProtectionCommand,
  GetImageBlockPublicAccessStateCommand,
  ModifyImageAttributeCommand,
  type ModifyImageAttributeCommandInput,
} from "@aws-sdk/client-ec2";
import { AwsError } from "./client/errors.js";
import type { CallScope } from "./client/session.js";

/** Who may launch an image (EC2 ModifyImageAttribute, launch permissions). */
export interface LaunchPermissions {
  /** Account ids. */
  readonly users: readonly string[];
  /** `all` makes the image public. */
  readonly groups: readonly string[];
  readonly organizationArns: readonly string[];
  readonly organizationalUnitArns: readonly string[];
}

async function modify(scope: CallScope, input: ModifyImageAttributeCommandInput): Promise<void> {
  const ec2 = await scope.session.ec2(scope.region);
  await ec2.send(new ModifyImageAttributeCommand(input), scope.signal);
}

/** Lets accounts, organizations or everyone launch an available image: all in one call. */
export async function shareImage(scope: CallScope, id: string, share: LaunchPermissions): Promise<void> {
  const add = [
    ...share.users.map((UserId) => ({ UserId })),
    ...share.groups.map(() => ({ Group: "all" as const })),
    ...share.organizationArns.map((OrganizationArn) => ({ OrganizationArn })),
    ...share.organizationalUnitArns.map((OrganizationalUnitArn) => ({ OrganizationalUnitArn })),
  ];
  if (add.length > 0) await modify(scope, { ImageId: id, LaunchPermission: { Add: add } });
}

/** Who may launch an image of this account; for another account's image EC2 returns nobody. */
export async function launchPermissions(scope: CallScope, id: string): Promise<LaunchPermissions> {
  const ec2 = await scope.session.ec2(scope.region);
  const input = { ImageId: id, Attribute: "launchPermission" } as const;
  const { LaunchPermissions: found = [] } = await ec2.send(new DescribeImageAttributeCommand(input), scope.signal);
  return {
    users: found.flatMap(({ UserId }) => UserId ?? []),
    groups: found.flatMap(({ Group }) => Group ?? []),
    organizationArns: found.flatMap(({ OrganizationArn }) => OrganizationArn ?? []),
    organizationalUnitArns: found.flatMap(({ OrganizationalUnitArn }) => OrganizationalUnitArn ?? []),
  };
}

/** Sets marketplace product codes. */
export async function setProductCodes(scope: CallScope, id: string, codes: readonly string[]): Promise<void> {
  if (codes.length > 0) await modify(scope, { ImageId: id, Attribute: "productCodes", ProductCodes: [...codes] });
}

/** Makes launches of the image require IMDSv2; it cannot be taken back. */
export async function requireImdsV2(scope: CallScope, id: string): Promise<void> {
  await modify(scope, { ImageId: id, ImdsSupport: { Value: "v2.0" } });
}

/** Hides the image from others from `at` (RFC 3339) on (EC2 EnableImageDeprecation). */
export async function deprecateImage(scope: CallScope, id: string, at: string): Promise<void> {
  const ec2 = await scope.session.ec2(scope.region);
  await ec2.send(new EnableImageDeprecationCommand({ ImageId: id, DeprecateAt: new Date(at) }), scope.signal);
}

/** Keeps the image from being deregistered; with a cooldown for 24 hours more once it is switched off. */
export async function protectImage(scope: CallScope, id: string, withCooldown: boolean): Promise<void> {
  const ec2 = await scope.session.ec2(scope.region);
  await ec2.send(
    new EnableImageDeregistrationProtectionCommand({ ImageId: id, WithCooldown: withCooldown }),
    scope.signal,
  );
}

/** Keeps the image from being launched, until it is enabled again; it takes all shares away (EC2 DisableImage). */
export async function disableImage(scope: CallScope, id: string): Promise<void> {
  const ec2 = await scope.session.ec2(scope.region);
  await ec2.send(new DisableImageCommand({ ImageId: id }), scope.signal);
}

/** Whether the account lets no image become public in a region; false where that cannot be asked. */
export async function publicSharingBlocked(scope: CallScope): Promise<boolean> {
  const ec2 = await scope.session.ec2(scope.region);
  try {
    const answer = await ec2.send(new GetImageBlockPublicAccessStateCommand({}), scope.signal);
    return answer.ImageBlockPublicAccessState === "block-new-sharing";
  } catch (error) {
    // It only saves a bake whose sharing is refused later: no failure of it is worth a bake.
    if (error instanceof AwsError) return false;
    throw error;
  }
}
