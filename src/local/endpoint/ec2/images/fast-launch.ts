import { type Actions, type ApiCall, endDryRun, type Handler } from "../../call.js";
import type { Cloud } from "../../cloud.js";
import { ACCOUNT } from "../../records.js";
import { timestamp } from "../../times.js";
import { invalid, refusal } from "../../wire/errors.js";
import { flag, integer, required, text } from "../../wire/query.js";
import type { Members } from "../../wire/xml.js";
import { describeRows, select } from "../describe.js";
import type { FastLaunch, Image } from "../model.js";
import { findImage, usableImage } from "./images.js";

/** Fewest parallel launches that EC2 accepts, and its number of snapshots unless set. */
const LEAST_LAUNCHES = 6;
const USUAL_SNAPSHOTS = 5;

/** The state of fast launch by the clock; undefined once it is disabled. */
function stateOf(cloud: Cloud, setting: FastLaunch): string | undefined {
  const { time } = cloud;
  if (setting.disabledAt !== undefined) {
    return time.now() < setting.disabledAt + time.of("register") ? "disabling" : undefined;
  }
  if (time.now() < setting.enabledAt + time.of("fastLaunch")) return "enabling";
  return setting.failure === undefined ? "enabled" : "enabling-failed";
}

function itemOf(cloud: Cloud, { id, fastLaunch }: Image): Members {
  const state = fastLaunch && stateOf(cloud, fastLaunch);
  if (!fastLaunch || state === undefined) return { imageId: id };
  return {
    imageId: id,
    resourceType: "snapshot",
    snapshotConfiguration: { targetResourceCount: fastLaunch.targetResourceCount },
    launchTemplate: fastLaunch.launchTemplate && {
      launchTemplateId: fastLaunch.launchTemplate.id,
      version: fastLaunch.launchTemplate.version,
    },
    maxParallelLaunches: fastLaunch.maxParallelLaunches,
    ownerId: ACCOUNT,
    state,
    stateTransitionReason: state === "enabling-failed" ? fastLaunch.failure : "Client.UserInitiated",
    stateTransitionTime: timestamp(fastLaunch.disabledAt ?? fastLaunch.enabledAt),
  };
}

/** The launch template that a call names, by id or by name, with its version. */
function templateOf(call: ApiCall): FastLaunch["launchTemplate"] {
  const { params, region } = call;
  const id = text(params, "LaunchTemplate.LaunchTemplateId");
  const name = text(params, "LaunchTemplate.LaunchTemplateName");
  if (!id && !name) return undefined;
  const found = [...region.launchTemplates.values()].find((each) => each.id === id || each.name === name);
  if (!found) {
    throw refusal(
      "InvalidLaunchTemplateId.NotFound",
      `The specified launch template, with template ID ${id ?? name}, does not exist.`,
    );
  }
  const version = required(params, "LaunchTemplate.Version");
  if (!found.versions.some(({ number }) => String(number) === version)) {
    throw refusal(
      "InvalidLaunchTemplateId.VersionNotFound",
      `Could not find the specified version ${version} for the launch template with ID ${found.id}.`,
    );
  }
  return { id: found.id, version };
}

/** EnableFastLaunch, of a Windows image of the account. */
const enableFastLaunch: Handler = (call) => {
  const { cloud, params } = call;
  const image = usableImage(call, required(params, "ImageId"));
  if (image.platform !== "windows") {
    throw refusal("UnsupportedOperation", `Fast launch is for Windows images; ${image.id} is none.`);
  }
  if (image.owner !== ACCOUNT) throw refusal("AuthFailure", `Not authorized for image:${image.id}`, 403);
  const launches = integer(params, "MaxParallelLaunches") ?? LEAST_LAUNCHES;
  if (launches < LEAST_LAUNCHES)
    throw invalid("maxParallelLaunches", String(launches), "The value must be 6 or greater.");
  if (image.fastLaunch && stateOf(cloud, image.fastLaunch) === "disabling") {
    throw refusal("IncorrectState", `Fast launch is being disabled for ${image.id}.`);
  }
  const launchTemplate = templateOf(call);
  endDryRun(call);
  image.fastLaunch = {
    enabledAt: cloud.time.now(),
    disabledAt: undefined,
    failure: undefined,
    targetResourceCount: integer(params, "SnapshotConfiguration.TargetResourceCount") ?? USUAL_SNAPSHOTS,
    maxParallelLaunches: launches,
    launchTemplate,
  };
  return itemOf(cloud, image);
};

/** DisableFastLaunch. */
const disableFastLaunch: Handler = (call) => {
  const { cloud, params } = call;
  const image = findImage(call, required(params, "ImageId"));
  const setting = image.fastLaunch;
  const state = setting && stateOf(cloud, setting);
  if (!setting || state === undefined || (state === "disabling" && flag(params, "Force") !== true)) {
    throw refusal("InvalidRequest", `Fast launch is not enabled for ${image.id}.`);
  }
  endDryRun(call);
  image.fastLaunch = { ...setting, disabledAt: cloud.time.now() };
  return itemOf(cloud, image);
};

/** DescribeFastLaunchImages: the images that have fast launch, also while it is being enabled or disabled. */
const describeFastLaunchImages: Handler = (call) => {
  const { cloud, region } = call;
  const { ids, rows } = select(call, "image", region.images, "ImageId");
  const listed = rows.filter(({ fastLaunch }) => fastLaunch && stateOf(cloud, fastLaunch) !== undefined);
  const selection = { ids, rows: listed };
  return describeRows(call, "fastLaunchImageSet", selection, {
    filters: {
      "resource-type": () => "snapshot",
      "owner-id": () => ACCOUNT,
      state: ({ fastLaunch }) => fastLaunch && stateOf(cloud, fastLaunch),
    },
    item: (row) => itemOf(cloud, row),
  });
};

/** Handlers of the calls about Windows fast launch. */
export const fastLaunchActions: Actions = {
  EnableFastLaunch: enableFastLaunch,
  DisableFastLaunch: disableFastLaunch,
  DescribeFastLaunchImages: describeFastLaunchImages,
};
