import { openSessionFor } from "../aws/client/open-session.js";
import type { Inventory } from "../bake/parts.js";
import type { Surroundings } from "../core/surroundings.js";
import type { BakeRequest } from "./request.js";

/** Lists of packages as the request asks for them; loaded when the first machine is asked. `folder` is for files, if any. */
export function inventory(
  request: BakeRequest,
  surroundings: Surroundings,
  folder: string | undefined,
): Inventory | undefined {
  if (request.packages === "off") return undefined;
  return {
    // The null builder makes no image: its machine is somebody else's.
    take: async (machine, context) =>
      context.identity.builderType === "null"
        ? undefined
        : (await import("../inventory/take.js")).takePackages(machine, context),
    record: async (taken, artifact, parameters, context) => {
      const { recordPackages } = await import("../inventory/record.js");
      await recordPackages({ taken, artifact, parameters }, context, {
        folder,
        keepsLists: request.packages === "compare",
        openSession: (account) => openSessionFor(account, surroundings),
      });
    },
  };
}
