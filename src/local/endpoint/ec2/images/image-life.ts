import { type Actions, DONE, endDryRun, type Handler } from "../../call.js";
import type { Region } from "../../cloud.js";
import { permits } from "../../iam/authorization/authorize.js";
import { invalid, refusal } from "../../wire/errors.js";
import { flag, required } from "../../wire/query.js";
import type { Members } from "../../wire/xml.js";
import type { Image } from "../model.js";
import { ownImage, usableImage } from "./images.js";
import { discardUnused } from "./layers.js";

function isUsed(region: Region, snapshotId: string): boolean {
  return [...region.images.values()].some(({ mappings }) => mappings.some(({ ebs }) => ebs?.snapshotId === snapshotId));
}

/** DeregisterImage; with DeleteAssociatedSnapshots also those of its snapshots that no other image has. */
const deregisterImage: Handler = (call) => {
  const { cloud, region, params } = call;
  const image = ownImage(call, required(params, "ImageId"));
  if (image.protection !== "disabled") {
    throw refusal(
      "OperationNotPermitted",
      `The AMI ${image.id} cannot be deregistered because deregistration protection is enabled.`,
    );
  }
  endDryRun(call);
  region.images.delete(image.id);
  region.deregistered.add(image.id);
  const results: Members[] = [];
  if (flag(params, "DeleteAssociatedSnapshots") === true) {
    for (const { ebs } of image.mappings) {
      const snapshotId = ebs?.snapshotId;
      if (snapshotId !== undefined && region.snapshots.has(snapshotId)) {
        const isPermitted = permits(call, "ec2:DeleteSnapshot", { type: "snapshot", id: snapshotId });
        const kept = !isPermitted || isUsed(region, snapshotId);
        if (!kept) region.snapshots.delete(snapshotId);
        const returnCode = isPermitted ? (kept ? "skipped" : "success") : "missing-permissions";
        results.push({ snapshotId, returnCode });
      }
    }
  }
  discardUnused(cloud, image.layers);
  return { return: true, deleteSnapshotResultSet: results.length > 0 ? results : undefined };
};

/** The latest date of deprecation: in ten years, or two for a public image. */
function latestDeprecation(image: Image, now: number): number {
  const isPublic = image.permissions.some((permission) => "group" in permission);
  const moment = new Date(isPublic ? image.createdAt : now);
  moment.setUTCFullYear(moment.getUTCFullYear() + (isPublic ? 2 : 10));
  return moment.getTime();
}

const enableDeprecation: Handler = (call) => {
  const image = ownImage(call, required(call.params, "ImageId"));
  const requested = required(call.params, "DeprecateAt");
  const moment = Date.parse(requested);
  const now = call.cloud.time.now();
  if (Number.isNaN(moment)) throw invalid("deprecateAt", requested);
  if (moment <= now || moment > latestDeprecation(image, now)) {
    throw invalid(
      "deprecateAt",
      requested,
      "The deprecation date must be in the future and within the upper limit for the image.",
    );
  }
  endDryRun(call);
  image.deprecateAt = Math.round(moment / 60_000) * 60_000;
  return DONE;
};

/** A change to one of the account's images that needs no more than its id. */
function change(apply: (image: Image) => void): Handler {
  return (call) => {
    const image = ownImage(call, required(call.params, "ImageId"));
    endDryRun(call);
    apply(image);
    return DONE;
  };
}

const enableProtection: Handler = (call) => {
  const image = ownImage(call, required(call.params, "ImageId"));
  endDryRun(call);
  image.protection = flag(call.params, "WithCooldown") === true ? "enabled-with-cooldown" : "enabled";
  return { return: image.protection };
};

/** With a cooldown, an image stays protected for 24 hours more, which no run lives to see. */
const disableProtection: Handler = (call) => {
  const image = ownImage(call, required(call.params, "ImageId"));
  endDryRun(call);
  if (image.protection === "enabled") image.protection = "disabled";
  return { return: image.protection };
};

/** DisableImage removes all launch permissions and hides the image. */
const disableImage: Handler = (call) => {
  ownImage(call, required(call.params, "ImageId"));
  const image = usableImage(call, required(call.params, "ImageId"));
  endDryRun(call);
  image.disabled = true;
  image.permissions = [];
  return DONE;
};

/** Handlers of the calls that retire images: deregistration, deprecation, protection, disabling. */
export const imageLifeActions: Actions = {
  DeregisterImage: deregisterImage,
  EnableImageDeprecation: enableDeprecation,
  DisableImageDeprecation: change((image) => {
    image.deprecateAt = undefined;
  }),
  EnableImageDeregistrationProtection: enableProtection,
  DisableImageDeregistrationProtection: disableProtection,
  DisableImage: disableImage,
  EnableImage: change((image) => {
    image.disabled = false;
  }),
};
