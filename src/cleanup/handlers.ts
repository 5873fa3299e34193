import type { ReleaseHandler } from "../aws/release/handler.js";
import type { ResourceKind } from "../core/ledger.js";

/** Kinds that live in AWS. */
type CloudKind = Exclude<ResourceKind, "container" | "docker-image" | "local-path">;

/** The handler of a kind. Those of one API are loaded together, when the first of them is needed: they share its client. */
export async function handlerOf(kind: CloudKind): Promise<ReleaseHandler> {
  switch (kind) {
    case "instance-profile":
      return (await import("../aws/release/role.js")).instanceProfileRelease;
    case "role":
      return (await import("../aws/release/role.js")).roleRelease;
    default:
      return (await import("../aws/release/ec2.js")).ec2Releases[kind];
  }
}
