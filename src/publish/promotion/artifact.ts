import type { CallScope } from "../../aws/client/session.js";
import { describeOwnImages } from "../../aws/image.js";
import { readParameter } from "../../aws/parameter.js";
import { createdByUs, withFingerprint } from "../../aws/tags.js";
import { allEnded } from "../../core/all-ended.js";
import { ARTIFACT_FORMS, type ArtifactName } from "../../core/artifact-name.js";
import { BakeError } from "../../core/errors.js";
import { newestFirst } from "../../core/image-order.js";
import { TAG } from "../../core/ownership.js";
import { isTestFailed } from "./tested.js";

/** The images of an artifact, by region. */
export type Images = ReadonlyMap<string, string>;

/** The Regions in which an artifact is searched for. */
export interface Places {
  /** Regions that the user sets; empty for all Regions that have the artifact. */
  readonly regions: readonly string[];
  readonly home: string;
  /** Returns all Regions of the account. */
  all(): Promise<readonly string[]>;
  scope(region: string): CallScope;
}

/**
 * Returns the images of an artifact's name, by Region. Throws a `BakeError` when there are none, or when a Region that the user sets has
 * none.
 */
export async function findArtifact(artifact: ArtifactName, places: Places): Promise<Images> {
  const { regions, home } = places;
  if (artifact.kind === "ids") {
    const ids = new Map([...artifact.ids].map(([region, id]) => [region || home, id]));
    return restrict(ids, regions, "The artifact");
  }
  const searched = regions.length > 0 ? regions : await places.all();
  const found =
    artifact.kind === "parameter"
      ? await inEach(searched, async (region) => (await readParameter(places.scope(region), artifact.name))?.value)
      : await ofFingerprint(artifact.hash, searched, places);
  const what = artifact.kind === "parameter" ? `Parameter "${artifact.name}"` : `Fingerprint "${artifact.hash}"`;
  const invalid = [...found].filter(([, id]) => !id.startsWith("ami-")).map(([region]) => region);
  if (invalid.length > 0) {
    throw new BakeError(`${what} does not contain an AMI id in ${invalid.join(", ")}`, {
      code: "not-an-image-parameter",
      hint: ARTIFACT_FORMS,
    });
  }
  return restrict(found, regions, what);
}

/**
 * Returns the newest finished image with the fingerprint, and the images with its name in the other Regions. An image whose tests failed is
 * only returned if there is no other: the promotion refuses it with the reason.
 */
async function ofFingerprint(hash: string, regions: readonly string[], places: Places): Promise<Images> {
  const lists = await allEnded(
    regions.map(async (region) => {
      const found = await allEnded(
        withFingerprint(hash).map((filter) =>
          describeOwnImages(places.scope(region), [filter, createdByUs(), { Name: "state", Values: ["available"] }]),
        ),
      );
      const images = found
        .flat()
        .filter(({ tags }) => tags[TAG.fingerprint] === hash && tags[TAG.unfinished] === undefined);
      return { region, images };
    }),
  );
  const all = lists.flatMap(({ images }) => images).sort(newestFirst);
  const failed = new Set(all.filter(isTestFailed).map(({ name }) => name));
  const newest = all.find(({ name }) => !failed.has(name)) ?? all[0];
  const named = lists.flatMap(({ region, images }) => {
    const image = images.find(({ name }) => name === newest?.name);
    return image ? [[region, image.id] as const] : [];
  });
  return new Map(named);
}

async function inEach(regions: readonly string[], read: (region: string) => Promise<string | undefined>) {
  const values = await allEnded(regions.map(async (region) => [region, await read(region)] as const));
  return new Map(values.flatMap(([region, value]) => (value === undefined ? [] : [[region, value] as const])));
}

function restrict(found: Images, regions: readonly string[], what: string): Images {
  const missing = regions.filter((region) => !found.has(region));
  if (found.size > 0 && missing.length === 0) {
    return regions.length === 0 ? found : new Map([...found].filter(([region]) => regions.includes(region)));
  }
  const where = missing.length > 0 ? missing.join(", ") : "any Region";
  throw new BakeError(`${what} has no image in ${where}. Nothing was changed`, {
    code: "artifact-not-found",
    hint: missing.length > 0 && found.size > 0 ? `It has images in ${[...found.keys()].join(", ")}.` : ARTIFACT_FORMS,
  });
}
