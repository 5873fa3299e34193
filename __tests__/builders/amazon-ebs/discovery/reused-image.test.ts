import { describe, expect, test } from "@jest/globals";
import { type FoundImage, toFoundImage } from "../../../../src/aws/image.js";
import { chooseReusedImage, type ReuseRules } from "../../../../src/builders/amazon-ebs/discovery/reused-image.js";
import type { KnownFingerprint } from "../../../../src/core/fingerprint.js";
import { OWNER, TAG } from "../../../../src/core/ownership.js";

const FINGERPRINT: KnownFingerprint = {
  known: true,
  hash: "same",
  parts: {},
  namePattern: "web *",
  changingTags: [],
  record: {},
  changesSince: () => ["script setup.sh", "variable version"],
};

const NOW = Date.parse("2026-11-21T00:00:00Z");
const WANTED: ReuseRules = { enabled: true, maxAge: undefined, now: NOW, architecture: "x86_64", encrypted: undefined };

function image(more: Partial<FoundImage> = {}, tags: Readonly<Record<string, string>> = {}): FoundImage {
  const found = toFoundImage({
    ImageId: "ami-1",
    Name: "web 1",
    State: "available",
    CreationDate: "2026-11-20T00:00:00Z",
    Architecture: "x86_64",
    BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { SnapshotId: "snap-1", Encrypted: false } }],
  });
  return { ...found, tags: { [TAG.owner]: OWNER, [TAG.fingerprint]: "same", ...tags }, ...more };
}

const device = (Encrypted: boolean) => [{ DeviceName: "/dev/sda1", Ebs: { SnapshotId: "snap-1", Encrypted } }];

describe("a finished image of the fingerprint", () => {
  test("is taken", () => {
    const { image: taken, reason } = chooseReusedImage([image()], FINGERPRINT, WANTED);
    expect(taken?.id).toBe("ami-1");
    expect(reason).toBe("unchanged since 2026-11-20T00:00:00Z (ami-1)");
  });

  test.each<[string, FoundImage, Partial<ReuseRules>]>([
    ["whose owner is another", image({}, { [TAG.owner]: "someone" }), {}],
    ["without an owner", image({ tags: { [TAG.fingerprint]: "same" } }), {}],
    ["under a name that the template does not give", image({ name: "other 1" }), {}],
    ["that is unfinished", image({}, { [TAG.unfinished]: "copy:eu-west-1" }), {}],
    ["that is not available yet", image({ state: "pending" }), {}],
    ["that is disabled", image({ state: "disabled" }), {}],
    ["that is deprecated", image({ deprecatesAt: "2026-11-20T23:59:00Z" }), {}],
    ["of another architecture", image({ architecture: "arm64" }), {}],
    ["that is not encrypted, where it is to be", image(), { encrypted: true }],
    ["that is encrypted, where it is not to be", image({ mappings: device(true) }), { encrypted: false }],
    ["where nothing is to be skipped", image(), { enabled: false }],
  ])("is not taken %s", (_, found, wanted) => {
    expect(chooseReusedImage([found], FINGERPRINT, { ...WANTED, ...wanted }).image).toBeUndefined();
  });

  test.each<[string, FoundImage, Partial<ReuseRules>]>([
    ["that is to be deprecated later", image({ deprecatesAt: "2026-11-22T00:00:00Z" }), {}],
    ["that is encrypted as asked", image({ mappings: device(true) }), { encrypted: true }],
    ["that is as old as may be", image(), { maxAge: 86_400_000 }],
  ])("is taken %s", (_, found, wanted) => {
    expect(chooseReusedImage([found], FINGERPRINT, { ...WANTED, ...wanted }).image?.id).toBe("ami-1");
  });

  test("is not taken when it is too old, and that is said", () => {
    const { image: taken, reason } = chooseReusedImage([image()], FINGERPRINT, { ...WANTED, maxAge: 3_600_000 });
    expect(taken).toBeUndefined();
    expect(reason).toMatch(/^ami-1 is unchanged, but older than .* \(max-age\)$/);
  });

  test("is the newest of several, also where a younger one is of other inputs", () => {
    const images = [
      image({ id: "ami-old", createdAt: "2026-11-01T00:00:00Z" }),
      image({ id: "ami-new", createdAt: "2026-11-10T00:00:00Z" }),
      image({ id: "ami-other", createdAt: "2026-11-20T00:00:00Z" }, { [TAG.fingerprint]: "other" }),
    ];
    expect(chooseReusedImage(images, FINGERPRINT, WANTED).image?.id).toBe("ami-new");
  });
});

test.each<[string, readonly FoundImage[], string]>([
  ["none", [], "there is no earlier image of this build"],
  ["one", [image({}, { [TAG.fingerprint]: "other" })], "changed since ami-1: script setup.sh, variable version"],
])("with %s of other inputs the reason tells what changed", (_, images, reason) => {
  expect(chooseReusedImage(images, FINGERPRINT, WANTED)).toEqual({ image: undefined, reason });
});
