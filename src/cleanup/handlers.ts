import type { ReleaseHandler } from "../aws/release/handler.js";
import type { ResourceKind } from "../core/ledger.js";

/** Kinds that live in AWS. */
export type CloudKind = Exclude<ResourceKind, "container" | "docker-image" | "local-path">;

/** The handler of a kind; its module is loaded when it is first needed. */
export async function handlerOf(kind: CloudKind): Promise<ReleaseHandler> {
  switch (kind) {
    case "instance":
      return (await import("../aws/release/instance.js")).instanceRelease;
    case "key-pair":
      return (await import("../aws/release/key-pair.js")).keyPairRelease;
    case "security-group":
      return (await import("../aws/release/security-group.js")).securityGroupRelease;
    case "volume":
      return (await import("../aws/release/volume.js")).volumeRelease;
    case "image":
      return (await import("../aws/release/image.js")).imageRelease;
    case "snapshot":
      return (await import("../aws/release/snapshot.js")).snapshotRelease;
    case "launch-template":
      return (await import("../aws/release/launch-template.js")).launchTemplateRelease;
    case "instance-profile":
      return (await import("../aws/release/role.js")).instanceProfileRelease;
    default:
      return (await import("../aws/release/role.js")).roleRelease;
  }
}
