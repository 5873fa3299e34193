import type { ReleaseHandler } from "../aws/release/handler.js";
import { RESOURCE_KINDS, type ResourceKind } from "../core/ledger.js";

/** Kinds of AWS resources. */
type CloudKind = Exclude<ResourceKind, "container" | "docker-image">;

/** Returns whether a kind is an AWS resource, not one of a container engine. */
export function isCloudKind(kind: ResourceKind): kind is CloudKind {
  return RESOURCE_KINDS[kind] === "aws";
}

/** Returns the handler of a kind. The handlers of one API share its client, so they are loaded together on first use. */
export async function handlerOf(kind: CloudKind): Promise<ReleaseHandler> {
  if (kind === "instance-profile" || kind === "role") return (await import("../aws/release/iam.js")).iamReleases[kind];
  if (kind === "lease") return (await import("../aws/release/lease.js")).leaseRelease;
  if (kind === "session") return (await import("../aws/release/session.js")).sessionRelease;
  return (await import("../aws/release/ec2.js")).ec2Releases[kind];
}
