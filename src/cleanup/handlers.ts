import type { ReleaseHandler } from "../aws/release/handler.js";
import type { ResourceKind } from "../core/ledger.js";

/** Kinds that live in AWS. */
type CloudKind = Exclude<ResourceKind, "container" | "docker-image" | "local-path">;

/** Whether resources of a kind live in AWS, and not on this machine or in its container engine. */
export function isCloudKind(kind: ResourceKind): kind is CloudKind {
  return kind !== "container" && kind !== "docker-image" && kind !== "local-path";
}

/** Returns the handler of a kind. Those of one API are loaded together, when the first of them is needed: they share its client. */
export async function handlerOf(kind: CloudKind): Promise<ReleaseHandler> {
  if (kind === "instance-profile" || kind === "role") return (await import("../aws/release/iam.js")).iamReleases[kind];
  return (await import("../aws/release/ec2.js")).ec2Releases[kind];
}
