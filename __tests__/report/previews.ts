import type { BuildPreview, PlanPreview, RegionPreview } from "../../src/core/preview.js";

/** A Region in which an AMI is made and the parameter set. */
export function region(name: string, more: Partial<RegionPreview> = {}): RegionPreview {
  return {
    region: name,
    image: name === "us-east-1" ? "create" : "copy",
    parameter: { name: "/images/web/latest", from: "ami-0old", isRead: true, to: undefined },
    replaces: [],
    removes: [],
    disables: [],
    ...more,
  };
}

/** A build that would be baked in two Regions because its script changed. */
export function preview(more: Partial<BuildPreview> = {}, name = "amazon-ebs.web"): BuildPreview {
  return {
    identity: { name, shortName: "web", sourceName: "web", builderType: "amazon-ebs" },
    decision: "bake",
    reason: "changed since ami-0old: script setup.sh",
    changes: [{ what: "script setup.sh", from: undefined, to: undefined }],
    imageName: "web-{{timestamp}}",
    existing: undefined,
    source: { imageId: "ami-0base", name: "ubuntu-24.04", createdAt: "2026-11-11T10:00:00.000Z" },
    regions: [region("us-east-1"), region("eu-west-1")],
    notLookedUp: [],
    knownLater: ["the name of the AMI contains the time"],
    problems: [],
    ...more,
  };
}

/** A build whose AMI would be reused, with nothing to do. */
export function unchanged(name = "amazon-ebs.web"): BuildPreview {
  const parameter = { name: "/images/web/latest", from: "ami-0same", isRead: true, to: "ami-0same" };
  return preview(
    {
      decision: "reuse",
      reason: "unchanged since 2026-11-20 (ami-0same)",
      changes: [],
      existing: "ami-0same",
      knownLater: [],
      regions: [region("us-east-1", { image: "present", parameter })],
    },
    name,
  );
}

/** A plan of some builds. */
export function planOf(builds: readonly BuildPreview[], changes = true): PlanPreview {
  return { builds, changes, account: "123456789012" };
}
