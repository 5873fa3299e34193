import { describe, expect, test } from "@jest/globals";
import { type FoundImage, toFoundImage } from "../../../../src/aws/image.js";
import { chooseReusedImage, type ReuseRules } from "../../../../src/builders/amazon-ebs/look/reused-image.js";
import type { KnownFingerprint } from "../../../../src/core/fingerprint.js";
import { OWNER, TAG } from "../../../../src/core/ownership.js";

const FINGERPRINT: KnownFingerprint = {
  known: true,
  hash: "same",
  parts: {},
  namePattern: "web *",
  changingTags: [],
  record: {},
  changesSince: () => [
    { what: "script setup.sh", from: undefined, to: undefined },
    { what: "variable version", from: undefined, to: "2" },
  ],
};

const NOW = Date.parse("2026-11-21T00:00:00Z");
const RULES: ReuseRules = {
  enabled: true,
  maxAge: undefined,
  now: NOW,
  image: "web",
  architecture: "x86_64",
  encrypted: undefined,
  testsHash: undefined,
};

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

describe("a finished image with the fingerprint", () => {
  test("is reused", () => {
    const { image: reused, reason } = chooseReusedImage([image()], FINGERPRINT, RULES);
    expect(reused?.id).toBe("ami-1");
    expect(reason).toBe("unchanged since 2026-11-20T00:00:00Z (ami-1)");
  });

  test.each<[string, FoundImage, Partial<ReuseRules>]>([
    ["with another owner", image({}, { [TAG.owner]: "someone" }), {}],
    ["without an owner", image({ tags: { [TAG.fingerprint]: "same" } }), {}],
    ["with a name that does not match the template", image({ name: "other 1" }), {}],
    ["that is unfinished", image({}, { [TAG.unfinished]: "copy:eu-west-1" }), {}],
    ["that is not available yet", image({ state: "pending" }), {}],
    ["that is disabled", image({ state: "disabled" }), {}],
    ["that is deprecated", image({ deprecatesAt: "2026-11-20T23:59:00Z" }), {}],
    ["of another architecture", image({ architecture: "arm64" }), {}],
    ["that is not encrypted but must be", image(), { encrypted: true }],
    ["that is encrypted but must not be", image({ mappings: device(true) }), { encrypted: false }],
    ["without skip-unchanged", image(), { enabled: false }],
  ])("is not reused %s", (_, found, rules) => {
    expect(chooseReusedImage([found], FINGERPRINT, { ...RULES, ...rules }).image).toBeUndefined();
  });

  test.each<[string, FoundImage, Partial<ReuseRules>]>([
    ["that will be deprecated later", image({ deprecatesAt: "2026-11-22T00:00:00Z" }), {}],
    ["that is encrypted as required", image({ mappings: device(true) }), { encrypted: true }],
    ["that has the maximum age", image(), { maxAge: 86_400_000 }],
  ])("is reused %s", (_, found, rules) => {
    expect(chooseReusedImage([found], FINGERPRINT, { ...RULES, ...rules }).image?.id).toBe("ami-1");
  });

  test("is not reused when it is too old, and the reason is reported", () => {
    const { image: reused, reason } = chooseReusedImage([image()], FINGERPRINT, { ...RULES, maxAge: 3_600_000 });
    expect(reused).toBeUndefined();
    expect(reason).toMatch(/^ami-1 is unchanged, but older than .* \("max-age"\)$/);
  });

  test("is the newest with the fingerprint, even if an image of other inputs is newer", () => {
    const images = [
      image({ id: "ami-old", createdAt: "2026-11-01T00:00:00Z" }),
      image({ id: "ami-new", createdAt: "2026-11-10T00:00:00Z" }),
      image({ id: "ami-other", createdAt: "2026-11-20T00:00:00Z" }, { [TAG.fingerprint]: "other" }),
    ];
    expect(chooseReusedImage(images, FINGERPRINT, RULES).image?.id).toBe("ami-new");
  });
});

test.each<[string, readonly FoundImage[], string]>([
  ["no image", [], "no earlier image of this build exists"],
  ["an image", [image({}, { [TAG.fingerprint]: "other" })], "changed since ami-1: script setup.sh, variable version"],
])("with %s of other inputs, the reason names what changed", (_, images, reason) => {
  expect(chooseReusedImage(images, FINGERPRINT, RULES)).toEqual({ image: undefined, reason, newest: images[0] });
});

test.each<[string, Readonly<Record<string, string>>, string | undefined, boolean, string]>([
  ["without tests", {}, undefined, true, "unchanged since 2026-11-20T00:00:00Z (ami-1)"],
  ["unknown to the tests", {}, "t1", true, "(ami-1, to be tested)"],
  ["passed the same tests", { [TAG.tested]: "t1 2026 1" }, "t1", true, "(ami-1, tested with the same tests)"],
  [
    "passed other tests",
    { [TAG.tested]: "t0 2026 1" },
    "t1",
    true,
    "(ami-1, to be tested again, because the tests changed)",
  ],
  ["failed the same tests", { [TAG.testFailed]: "t1 2026 1" }, "t1", false, "ami-1 is unchanged, but its tests failed"],
  [
    "failed, and no tests are requested",
    { [TAG.testFailed]: "t1 2026 1" },
    undefined,
    false,
    "ami-1 is unchanged, but its tests failed",
  ],
  ["failed other tests", { [TAG.testFailed]: "t0 2026 1" }, "t1", true, "(ami-1, to be tested)"],
])("an image (%s) is reused or not, and the reason says what follows", (_, tags, testsHash, isReused, reason) => {
  const choice = chooseReusedImage([image({}, tags)], FINGERPRINT, { ...RULES, testsHash });
  expect(choice.image !== undefined).toBe(isReused);
  expect(choice.reason).toContain(reason);
});
