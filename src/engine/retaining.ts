import { openSessionFor } from "../aws/client/open-session.js";
import type { CallScope } from "../aws/client/session.js";
import type { BakeParts } from "../bake/parts.js";
import { type AmiArtifact, isSpecificName } from "../core/artifact.js";
import { BakeError } from "../core/errors.js";
import type { BuildIdentity } from "../core/parts.js";
import type { RequestedRetention } from "../core/retention.js";
import type { Surroundings } from "../core/surroundings.js";
import { retainAndTell } from "../publish/retention/narrate.js";
import { ownSelection, type Selection } from "../publish/retention/selection.js";
import type { BakeRequest } from "./request.js";

/** Removal of a build's older images as the request asks for it; undefined where it does not. */
export function retaining({ retention }: BakeRequest, surroundings: Surroundings): BakeParts["retain"] {
  if (!retention) return undefined;
  return async (artifact, identity, context) => {
    const selection = selectionOf(artifact, identity, retention);
    const session = openSessionFor(artifact.account, surroundings);
    const scopeOf = (region: string): CallScope => ({
      session,
      region,
      signal: context.signal,
      narrator: context.narrator,
    });
    try {
      const { left } = await retainAndTell(
        {
          policy: retention,
          regions: artifact.images.map(({ region }) => region),
          selection,
          spared: new Map(artifact.images.map(({ imageId }) => [imageId, "just baked"])),
          spareShared: true,
          dryRun: false,
          now: surroundings.clock.now(),
          scopeOf,
        },
        context.narrator,
      );
      for (const { kind, id, region, why } of left) {
        context.narrator.warn({
          code: "image-not-removed",
          summary: `${kind} ${id} in ${region} was not removed: ${why}`,
        });
      }
    } finally {
      session.close();
    }
  };
}

/** The images of the same build whose template gives names like this one's. */
function selectionOf(
  { namePattern: pattern, imageName }: AmiArtifact,
  { name: build }: BuildIdentity,
  { names }: RequestedRetention,
): Selection {
  if (names.length > 0) return ownSelection({ names, build });
  if (pattern?.includes("*") && isSpecificName(pattern)) return ownSelection({ names, build, pattern });
  const why = pattern === undefined ? "is not known" : `has nothing that differs from run to run ("${imageName}")`;
  throw new BakeError(`the name pattern of this build's images ${why}, so none is removed`, {
    code: "no-name-pattern",
    hint: "Say which names count together, for example keep-names: web-* (where the name holds a version, for example).",
  });
}
