import type { FoundImage } from "../../aws/image.js";
import type { ResourceTags } from "../../aws/tags.js";
import { BakeError, placed } from "../../core/errors.js";
import type { Fingerprint } from "../../core/fingerprint.js";
import type { Bake } from "./bake.js";
import type { ImageText } from "./image/create.js";
import type { Adopted, Search } from "./image/resume.js";
import { type ImagePlan, type OldImages, planImages } from "./image-plan.js";
import { isGoneOnWith, type Named, refuseClashes, replaces } from "./look/prevalidate.js";
import { type RenderedTags, renderTags, sourceFields } from "./tags.js";

/** All that is decided before anything is created. */
export interface Work {
  readonly plan: ImagePlan;
  readonly source: FoundImage;
  readonly tags: RenderedTags;
  readonly text: ImageText;
  /** Old images of the name that are replaced, by region. */
  readonly old: OldImages;
  readonly adopted: Adopted | undefined;
  readonly fingerprint: Fingerprint;
  /** Why an image is taken, or why none is. */
  readonly reason: string;
  /** Whether earlier runs of the build finished images that are still there. */
  readonly hasEarlier: boolean;
}

/** What was found out so far. */
export interface Findings extends Search {
  readonly named: Named;
  readonly source: FoundImage;
  readonly fingerprint: Fingerprint;
}

/** Tags that tell the time of a bake keep the time of the image that is gone on with: its copies are of the same bake. */
function asAdopted(tags: RenderedTags, { adopted, fingerprint }: Findings): RenderedTags {
  if (!adopted || !fingerprint.known) return tags;
  const { tags: borne } = adopted.image;
  const changing = new Set(fingerprint.changingTags);
  const keep = (given: ResourceTags) =>
    Object.fromEntries(
      Object.entries(given).map(([key, value]) => [key, changing.has(key) ? (borne[key] ?? value) : value]),
    );
  return { ...tags, image: keep(tags.image), snapshot: keep(tags.snapshot) };
}

/** Renders tags and description, refuses a name that is taken, and plans the images. Throws before anything is created. */
export function prepare(bake: Bake, findings: Findings): Work {
  const { options, context, session } = bake;
  const { source, fingerprint, adopted, named, reason, hasEarlier } = findings;
  const hash = fingerprint.known ? fingerprint.hash : undefined;
  const fields = sourceFields(source, session.region);
  const tags = asAdopted(renderTags(options, fields), findings);
  try {
    refuseClashes(bake, named, hash, adopted);
  } catch (error) {
    throw placed(error, context.place("ami_name"));
  }
  const strangers = [...named].filter(([, image]) => !isGoneOnWith(bake, image, hash, adopted));
  const old = new Map(replaces(bake) ? strangers : []);
  const planned = planImages(
    options,
    session.region,
    context.settings.regions,
    context.surroundings.ids.uuid(),
    new Set(old.keys()),
  );
  if (planned.targets.length === 0) {
    throw new BakeError("skip_save_build_region leaves no image: there is no region to copy to", {
      code: "no-target-region",
      hint: "Name regions in ami_regions or the input regions, or take skip_save_build_region out.",
      range: context.range,
    });
  }
  return {
    plan: adopted ? { ...planned, firstName: adopted.image.name, finalName: adopted.finalName } : planned,
    source,
    tags,
    text: {
      description: options.ami_description?.render(fields) ?? "",
      tags,
      fingerprint: fingerprint.known ? fingerprint : undefined,
      names: fingerprint.namePattern,
    },
    old,
    adopted,
    fingerprint,
    reason,
    hasEarlier,
  };
}
