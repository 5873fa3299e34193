import { failedAs } from "../../aws/client/errors.js";
import type { CallScope } from "../../aws/client/session.js";
import type { FoundImage } from "../../aws/image.js";
import { launchPermissions } from "../../aws/image-attributes.js";
import { parameterReferences } from "../../aws/parameter-references.js";
import { imageReferences, launchConfigurationReferences } from "../../aws/references.js";
import { throwIfAborted } from "../../core/clock.js";
import { BakeError, messageOf } from "../../core/errors.js";

/** What keeps images of one region, by their id, and the parameters that could not be read. */
export interface RegionObstacles {
  readonly byId: ReadonlyMap<string, string>;
  readonly unread: readonly string[];
}

/** What keeps an image as it is described: protection and public launch permission. */
export function ownObstacle(image: FoundImage): string | undefined {
  if (image.isProtected) return "deregistration protection is on";
  if (image.isPublic) return "public: others may use it";
  return undefined;
}

/**
 * What in the account uses these images of a region (instances, launch templates of any version, launch configurations, parameters
 * with their labels, Image Builder recipes), and with `spareShared` whom they are shared with: what other accounts do with them
 * cannot be seen. Throws a `BakeError` where that is not known, as then nothing may be removed.
 */
export async function usesOf(
  scope: CallScope,
  imageIds: readonly string[],
  spareShared: boolean,
): Promise<RegionObstacles> {
  try {
    const [resources, configurations, parameters, shares] = await Promise.all([
      imageReferences(scope, imageIds),
      launchConfigurationReferences(scope, imageIds),
      parameterReferences(scope, imageIds),
      spareShared ? sharesOf(scope, imageIds) : [],
    ]);
    const users = new Map<string, Set<string>>();
    const named = new Set(parameters.references.map(({ imageId, user }) => `${imageId} ${user}`));
    // An ARN is the same for the parameters `name` and `/name`.
    const others = resources.filter(
      (each) => !named.has(`${each.imageId} ${each.user.replace("parameter ", "parameter /")}`),
    );
    for (const { imageId, user } of [...parameters.references, ...configurations, ...others]) {
      users.set(imageId, (users.get(imageId) ?? new Set()).add(user));
    }
    const used = [...users].map(([id, by]) => [id, `used by ${few([...by])}`] as const);
    return { byId: new Map([...shares, ...used]), unread: parameters.unread };
  } catch (error) {
    throwIfAborted(scope.signal);
    throw new BakeError(
      `Could not determine what uses the images in ${scope.region}, so none is removed: ${messageOf(error)}`,
      {
        code: "image-use-unknown",
        region: scope.region,
        cause: error,
        hint:
          (error instanceof BakeError && error.hint ? `${error.hint}\n` : "") +
          "docs/iam.md lists the actions that retention needs.",
      },
    );
  }
}

/** The first two, and how many more. */
function few(texts: readonly string[]): string {
  const more = texts.length - 2;
  return texts.slice(0, 2).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** With whom images are shared; one that another run removed meanwhile has no shares. */
async function sharesOf(scope: CallScope, imageIds: readonly string[]) {
  const found: (readonly [string, string])[] = [];
  for (const id of imageIds) {
    const shares = await launchPermissions(scope, id).catch((error: unknown) => {
      if (failedAs(error, "not-found")) return undefined;
      throw error;
    });
    const others = Object.values(shares ?? {}).flat();
    if (others.length > 0) found.push([id, `shared with ${few(others)}`]);
  }
  return found;
}
