import { TAG } from "../../core/ownership.js";
import { describeImage } from "../image.js";
import { changeOwnTags, type ResourceTags } from "../tags.js";
import type { ReleaseContext, ReleaseHandler } from "./handler.js";

/**
 * Removes the lease of an unfinished image, so that the next run resumes the image at once. The lease of a run that resumed the image since
 * is left: `isOurs` decides by the tags. A lease that cannot be removed ends by itself, so that is no error. Rejects only when aborted.
 */
export async function endLease(
  id: string,
  isOurs: (tags: ResourceTags) => boolean,
  { session, signal }: ReleaseContext,
): Promise<void> {
  const scope = { session, region: session.region, signal };
  try {
    const image = await describeImage(scope, id);
    if (image?.tags[TAG.lease] !== undefined && isOurs(image.tags))
      await changeOwnTags(scope, [id], image, { tags: { [TAG.lease]: undefined } });
  } catch (error) {
    if (signal.aborted) throw error;
  }
}

/** Leases of unfinished images that the run held to its end. */
export const leaseRelease: ReleaseHandler = {
  find: async () => undefined,
  release: (id, { details }, context) => endLease(id, (tags) => tags[TAG.run] === details?.run, context),
};
