import { type Actions, DONE, endDryRun, type Handler } from "../../call.js";
import { invalid, refusal } from "../../wire/errors.js";
import { groups, type Params, required, text, texts } from "../../wire/query.js";
import type { Members } from "../../wire/xml.js";
import type { Image, LaunchPermission } from "../model.js";
import { findImage, ownImage, usableImage } from "./images.js";

interface PermissionChanges {
  readonly add: readonly LaunchPermission[];
  readonly remove: readonly LaunchPermission[];
}

function badItem(value: string, member: string): never {
  throw refusal("InvalidAMIAttributeItemValue", `Invalid attribute item value "${value}" for ${member} item type.`);
}

function account(userId: string): LaunchPermission {
  return /^\d{12}$/.test(userId) ? { userId } : badItem(userId, "userId");
}

function everybody(group: string): LaunchPermission {
  return group === "all" ? { group } : badItem(group, "userGroup");
}

function organization(organizationArn: string): LaunchPermission {
  const isArn = /^arn:[\w-]+:organizations::\d{12}:organization\/o-\w+$/.test(organizationArn);
  return isArn ? { organizationArn } : badItem(organizationArn, "organizationArn");
}

function unit(organizationalUnitArn: string): LaunchPermission {
  const isArn = /^arn:[\w-]+:organizations::\d{12}:ou\/o-\w+\/ou-[\w-]+$/.test(organizationalUnitArn);
  return isArn ? { organizationalUnitArn } : badItem(organizationalUnitArn, "organizationalUnitArn");
}

function permissionOf(entry: Params): LaunchPermission | undefined {
  const makers: readonly [string, (value: string) => LaunchPermission][] = [
    ["UserId", account],
    ["Group", everybody],
    ["OrganizationArn", organization],
    ["OrganizationalUnitArn", unit],
  ];
  for (const [member, make] of makers) {
    const value = text(entry, member);
    if (value !== undefined) return make(value);
  }
  return undefined;
}

/** The launch permissions that a call adds and removes, from either of its forms. */
function permissionChanges(params: Params): PermissionChanges {
  const side = (name: string): readonly LaunchPermission[] =>
    groups(params, `LaunchPermission.${name}`).flatMap((entry) => permissionOf(entry) ?? []);
  const named = [
    ...texts(params, "UserId").map(account),
    ...texts(params, "UserGroup").map(everybody),
    ...texts(params, "OrganizationArn").map(organization),
    ...texts(params, "OrganizationalUnitArn").map(unit),
  ];
  const removes = text(params, "OperationType") === "remove";
  return {
    add: [...side("Add"), ...(removes ? [] : named)],
    remove: [...side("Remove"), ...(removes ? named : [])],
  };
}

function isSame(one: LaunchPermission, other: LaunchPermission): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The value of a one-valued attribute that a call sets. */
function valueFor(params: Params, member: string, attribute: string): string | undefined {
  return (
    text(params, `${member}.Value`) ?? (text(params, "Attribute") === attribute ? text(params, "Value") : undefined)
  );
}

/** ModifyImageAttribute: description, launch permissions, IMDS support, product codes. */
const modifyImageAttribute: Handler = (call) => {
  const { params, region } = call;
  const id = required(params, "ImageId");
  ownImage(call, id);
  const image = usableImage(call, id);
  const { add, remove } = permissionChanges(params);
  const description = valueFor(params, "Description", "description");
  const imds = valueFor(params, "ImdsSupport", "imdsSupport");
  const codes = texts(params, "ProductCode");
  if (add.length + remove.length + codes.length === 0 && description === undefined && imds === undefined) {
    throw refusal("InvalidParameterCombination", "No attributes specified.");
  }
  if (add.some((permission) => "group" in permission) && region.publicSharingBlocked) {
    throw refusal(
      "OperationNotPermitted",
      "You can't publicly share this image because block public access for AMIs is enabled in this Region.",
    );
  }
  if (imds !== undefined && imds !== "v2.0") throw invalid("imdsSupport", imds, "Valid values: v2.0.");
  if (codes.length > 0) throw refusal("InvalidProductInfo", `Invalid product code: ${codes.join(", ")}`);
  endDryRun(call);
  const kept = image.permissions.filter((own) => !remove.some((gone) => isSame(own, gone)));
  image.permissions = [...kept, ...add.filter((added) => !kept.some((own) => isSame(own, added)))];
  image.description = description ?? image.description;
  if (imds !== undefined) image.imdsSupport = imds;
  return DONE;
};

const resetImageAttribute: Handler = (call) => {
  const image = ownImage(call, required(call.params, "ImageId"));
  if (required(call.params, "Attribute") !== "launchPermission") {
    throw invalid("attribute", required(call.params, "Attribute"), "Only launchPermission can be reset.");
  }
  endDryRun(call);
  image.permissions = [];
  return DONE;
};

/** Attributes with one value in a response of DescribeImageAttribute. */
const VALUES: Readonly<Record<string, (image: Image) => string | undefined>> = {
  description: (image) => image.description,
  kernel: () => undefined,
  ramdisk: () => undefined,
  sriovNetSupport: (image) => image.sriovNetSupport,
  bootMode: (image) => image.bootMode,
  tpmSupport: (image) => image.tpmSupport,
  uefiData: () => undefined,
  lastLaunchedTime: () => undefined,
  imdsSupport: (image) => image.imdsSupport,
  deregistrationProtection: (image) => image.protection,
};

const describeImageAttribute: Handler = (call) => {
  const image = findImage(call, required(call.params, "ImageId"));
  const attribute = required(call.params, "Attribute");
  if (image.stock || attribute === "blockDeviceMapping") {
    throw refusal("AuthFailure", `Not authorized for image:${image.id}`, 403);
  }
  if (attribute === "launchPermission") {
    return { imageId: image.id, launchPermission: image.permissions.map((permission) => ({ ...permission })) };
  }
  if (attribute === "productCodes") return { imageId: image.id, productCodes: [] };
  const read = Object.hasOwn(VALUES, attribute) ? VALUES[attribute] : undefined;
  if (read === undefined) throw invalid("attribute", attribute, "Unknown attribute.");
  const value = read(image);
  const shown: Members = value === undefined ? {} : { value };
  return { imageId: image.id, [attribute]: shown };
};

/** GetImageBlockPublicAccessState and its two switches. */
function publicAccess(change: boolean | undefined): Handler {
  return (call) => {
    endDryRun(call);
    call.region.publicSharingBlocked = change ?? call.region.publicSharingBlocked;
    return {
      imageBlockPublicAccessState: call.region.publicSharingBlocked ? "block-new-sharing" : "unblocked",
      managedBy: change === undefined ? "account" : undefined,
    };
  };
}

/** Handlers of the calls about the attributes of images. */
export const imageAttributeActions: Actions = {
  ModifyImageAttribute: modifyImageAttribute,
  ResetImageAttribute: resetImageAttribute,
  DescribeImageAttribute: describeImageAttribute,
  GetImageBlockPublicAccessState: publicAccess(undefined),
  EnableImageBlockPublicAccess: publicAccess(true),
  DisableImageBlockPublicAccess: publicAccess(false),
};
