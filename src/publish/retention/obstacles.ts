import { failedAs, hasAwsCode } from "../../aws/client/errors.js";
import type { CallScope } from "../../aws/client/session.js";
import type { FoundImage } from "../../aws/image.js";
import { describeLaunchPermissions } from "../../aws/image-attributes.js";
import { findParameterReferences } from "../../aws/parameter-references.js";
import { findImageReferences, findLaunchConfigurationReferences } from "../../aws/references.js";
import { allEnded } from "../../core/all-ended.js";
import { throwIfAborted } from "../../core/clock.js";
import { BakeError, messageOf } from "../../core/errors.js";

/** The reasons to keep images of one Region, by image id, and the parameters that could not be read. */
export interface RegionObstacles {
  readonly byId: ReadonlyMap<string, string>;
  readonly unread: readonly string[];
}

/** Returns the reason to keep an image that its description shows: deregistration protection or public launch permission. */
export function ownObstacle(image: FoundImage): string | undefined {
  if (image.isProtected) return "deregistration protection is enabled";
  if (image.isPublic) return "public: other accounts can use it";
  return undefined;
}

/**
 * Returns what uses these images of a Region: instances, all versions of launch templates, launch configurations, parameters and their
 * labels, Image Builder recipes. With `spareShared` also the accounts with which they are shared, because the use in other accounts is
 * not visible. Parameters `moved` will name another image: of these, only labels count. Throws a `BakeError` when the use cannot be determined: then nothing may be removed.
 */
export async function findUses(
  scope: CallScope,
  imageIds: readonly string[],
  { spareShared, moved }: { readonly spareShared: boolean; readonly moved: ReadonlySet<string> },
): Promise<RegionObstacles> {
  try {
    const [resources, configurations, parameters, shares] = await allEnded([
      findImageReferences(scope, imageIds),
      findLaunchConfigurationReferences(scope, imageIds),
      findParameterReferences(scope, imageIds, moved),
      spareShared ? sharesOf(scope, imageIds) : [],
    ]);
    const users = new Map<string, Set<string>>();
    const named = new Set(parameters.references.map(({ imageId, user }) => `${imageId} ${user}`));
    // An ARN is the same for the parameters `name` and `/name`.
    const withSlash = (user: string) => user.replace("parameter ", "parameter /");
    const leaving = new Set([...moved].map((name) => `parameter ${name}`));
    const others = resources.filter(
      ({ imageId, user }) =>
        !named.has(`${imageId} ${withSlash(user)}`) && !leaving.has(user) && !leaving.has(withSlash(user)),
    );
    for (const { imageId, user } of [...parameters.references, ...configurations, ...others]) {
      users.set(imageId, (users.get(imageId) ?? new Set()).add(user));
    }
    const used = [...users].map(([id, by]) => [id, `used by ${few([...by])}`] as const);
    return { byId: new Map([...shares, ...used]), unread: parameters.unread };
  } catch (error) {
    throwIfAborted(scope.signal);
    throw new BakeError(
      `Could not determine what uses the images in ${scope.region}. No image was removed: ${messageOf(error)}`,
      {
        code: "image-use-unknown",
        region: scope.region,
        cause: error,
        hint:
          (error instanceof BakeError && error.hint ? `${error.hint}\n` : "") +
          "See docs/iam.md for the actions that retention needs.",
      },
    );
  }
}

/** Returns the first two, and the number of the others. */
function few(texts: readonly string[]): string {
  const more = texts.length - 2;
  return texts.slice(0, 2).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** Returns the accounts with which images are shared. An image that another run just removed has none. */
async function sharesOf(scope: CallScope, imageIds: readonly string[]) {
  const found: (readonly [string, string])[] = [];
  for (const id of imageIds) {
    const shares = await describeLaunchPermissions(scope, id).catch((error: unknown) => {
      if (failedAs(error, "not-found") || hasAwsCode(error, "InvalidAMIID.Unavailable")) return undefined;
      throw error;
    });
    const others = Object.values(shares ?? {}).flat();
    if (others.length > 0) found.push([id, `shared with ${few(others)}`]);
  }
  return found;
}
