import {
  DescribeImageAttributeCommand,
  DisableImageCommand,
  EnableImageDeprecationCommand,
  EnableImageDeregistrationProtectionCommand,
  ModifyImageAttributeCommand,
  type ModifyImageAttributeCommandInput,
} from "@aws-sdk/client-ec2";
import { type ChangeTarget, sendChange } from "./client/change.js";
import type { CallScope } from "./client/session.js";
import { describeImage, isEnded } from "./image.js";

/** The launch permissions of an image (EC2 ModifyImageAttribute). */
export interface LaunchPermissions {
  /** Account ids. */
  readonly users: readonly string[];
  /** `all` makes the image public. */
  readonly groups: readonly string[];
  readonly organizationArns: readonly string[];
  readonly organizationalUnitArns: readonly string[];
}

/** The target of a change of an image. An image that failed or was deregistered cannot be changed any more. */
function target(scope: CallScope, id: string): ChangeTarget {
  const isLost = async () => {
    const image = await describeImage(scope, id);
    return isEnded(image) && image?.state !== "disabled";
  };
  return { what: `AMI ${id}`, isLost };
}

async function modify(scope: CallScope, input: ModifyImageAttributeCommandInput): Promise<void> {
  const ec2 = await scope.session.ec2(scope.region);
  await sendChange(scope, ec2, new ModifyImageAttributeCommand(input), target(scope, input.ImageId ?? ""));
}

/** Adds launch permissions to an available image, in one call. */
export async function shareImage(scope: CallScope, id: string, share: LaunchPermissions): Promise<void> {
  const add = [
    ...share.users.map((UserId) => ({ UserId })),
    ...share.groups.map(() => ({ Group: "all" as const })),
    ...share.organizationArns.map((OrganizationArn) => ({ OrganizationArn })),
    ...share.organizationalUnitArns.map((OrganizationalUnitArn) => ({ OrganizationalUnitArn })),
  ];
  if (add.length > 0) await modify(scope, { ImageId: id, LaunchPermission: { Add: add } });
}

/** Returns the launch permissions of an image of this account. For another account's image EC2 returns none. */
export async function describeLaunchPermissions(scope: CallScope, id: string): Promise<LaunchPermissions> {
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

/** Sets Marketplace product codes. */
export async function setProductCodes(scope: CallScope, id: string, codes: readonly string[]): Promise<void> {
  if (codes.length > 0) await modify(scope, { ImageId: id, Attribute: "productCodes", ProductCodes: [...codes] });
}

/** Makes instances of the image require IMDSv2. EC2 cannot undo it. */
export async function requireImdsV2(scope: CallScope, id: string): Promise<void> {
  await modify(scope, { ImageId: id, ImdsSupport: { Value: "v2.0" } });
}

/** Sets the time (RFC 3339) at which the image becomes deprecated and hidden from others (EC2 EnableImageDeprecation). */
export async function deprecateImage(scope: CallScope, id: string, at: string): Promise<void> {
  const ec2 = await scope.session.ec2(scope.region);
  const command = new EnableImageDeprecationCommand({ ImageId: id, DeprecateAt: new Date(at) });
  await sendChange(scope, ec2, command, target(scope, id));
}

/** Enables deregistration protection. With a cooldown the protection lasts 24 hours longer after it is disabled. */
export async function protectImage(scope: CallScope, id: string, withCooldown: boolean): Promise<void> {
  const ec2 = await scope.session.ec2(scope.region);
  const command = new EnableImageDeregistrationProtectionCommand({ ImageId: id, WithCooldown: withCooldown });
  await sendChange(scope, ec2, command, target(scope, id));
}

/** Disables the image: it cannot be launched until it is enabled again. EC2 removes all its shares (DisableImage). */
export async function disableImage(scope: CallScope, id: string): Promise<void> {
  const ec2 = await scope.session.ec2(scope.region);
  await sendChange(scope, ec2, new DisableImageCommand({ ImageId: id }), target(scope, id));
}
