import { BakeError } from "../../core/errors.js";
import { type Cloud, regionOf } from "./cloud.js";
import type { Image, LaunchTemplate, Snapshot } from "./ec2/model.js";
import { ACCOUNT } from "./records.js";
import type { SsmParameter } from "./ssm/model.js";

/** What the shape of the saved state is called; it changes when the shape does. */
const STATE_VERSION = 1;

/** A resource as JSON has it: its tags are a list of pairs. */
type Saved<T extends { readonly tags: ReadonlyMap<string, string> }> = Omit<T, "tags"> & {
  readonly tags: readonly (readonly [string, string])[];
};

interface SavedRegion {
  readonly name: string;
  readonly images: readonly Saved<Image>[];
  readonly deregistered: readonly string[];
  readonly snapshots: readonly Saved<Snapshot>[];
  readonly parameters: readonly Saved<SsmParameter>[];
  readonly launchTemplates: readonly Saved<LaunchTemplate>[];
}

/** What lasts from one run of the local cloud to the next; plain JSON. */
export interface SavedState {
  readonly version: typeof STATE_VERSION;
  readonly regions: readonly SavedRegion[];
}

function save<T extends { readonly tags: ReadonlyMap<string, string> }>(resource: T): Saved<T> {
  return { ...resource, tags: [...resource.tags] };
}

function load<T extends { readonly tags: ReadonlyMap<string, string> }>(
  saved: Saved<T>,
): Omit<T, "tags"> & { tags: Map<string, string> } {
  return { ...saved, tags: new Map(saved.tags) };
}

/** The images, snapshots, parameters and launch templates of the account, to be written as JSON. */
export function saveState(cloud: Cloud): SavedState {
  return {
    version: STATE_VERSION,
    regions: [...cloud.regions.values()].map((region) => ({
      name: region.name,
      images: [...region.images.values()].filter(({ owner }) => owner === ACCOUNT).map(save),
      deregistered: [...region.deregistered],
      snapshots: [...region.snapshots.values()].map(save),
      parameters: [...region.parameters.values()].filter(({ isPublic }) => !isPublic).map(save),
      launchTemplates: [...region.launchTemplates.values()].map(save),
    })),
  };
}

/**
 * Reads a saved state from JSON. Throws `local-state` for one of another version; the caller adds the directory as
 * the resource.
 */
export function readState(json: unknown): SavedState {
  const version = typeof json === "object" && json !== null && "version" in json ? json.version : undefined;
  if (!isState(json)) {
    const found = version === undefined ? "no version" : `version ${String(version)}`;
    throw new BakeError(
      `The saved state of the local cloud has ${found}; this release of bake-ami reads version ${STATE_VERSION}`,
      {
        code: "local-state",
        hint: "Run `bake-ami local reset` to delete the state, or set --local-state to another directory.",
      },
    );
  }
  return json;
}

function isState(json: unknown): json is SavedState {
  return (
    typeof json === "object" &&
    json !== null &&
    "version" in json &&
    json.version === STATE_VERSION &&
    "regions" in json &&
    Array.isArray(json.regions)
  );
}

/** Puts a saved state into a cloud. An image whose files were still being kept when the state was saved has failed. */
export function restoreState(cloud: Cloud, state: SavedState): void {
  for (const saved of state.regions) {
    const region = regionOf(cloud, saved.name);
    for (const entry of saved.images) {
      const image: Image = load<Image>(entry);
      region.images.set(image.id, image.capturing ? cutShort(image, cloud.time.now()) : image);
    }
    for (const id of saved.deregistered) region.deregistered.add(id);
    for (const entry of saved.snapshots) {
      const snapshot: Snapshot = load<Snapshot>(entry);
      region.snapshots.set(snapshot.id, snapshot);
    }
    for (const entry of saved.parameters) region.parameters.set(entry.name, load<SsmParameter>(entry));
    for (const entry of saved.launchTemplates) region.launchTemplates.set(entry.id, load<LaunchTemplate>(entry));
  }
}

function cutShort(image: Image, now: number): Image {
  const failure = { code: "Client.InternalError", message: "The local cloud ended while the image was being made" };
  return { ...image, capturing: false, failure, readyAt: now };
}
