import { describe, expect, test } from "@jest/globals";
import { toFoundImage } from "../../../../src/aws/image.js";
import { whyNoTokens, whyRsaKey } from "../../../../src/builders/amazon-ebs/machine/source-system.js";

describe("the key for the source image", () => {
  test.each([
    ["ubuntu-pro-fips-server/images/hvm-ssd/ubuntu-jammy-22.04-amd64-pro-fips-server-20260910", {}, /FIPS/],
    ["RHEL-9-STIG-2026", {}, /FIPS/],
    ["bottlerocket-aws-k8s-1.33-fips-x86_64-v1.40.0", {}, /FIPS/],
    ["base", { Description: "Hardened, FIPS 140-3 enabled" }, /FIPS/],
    ["Windows_Server-2025-English-Full-Base-2026.09.10", { Platform: "Windows" }, /Windows/],
  ] as const)("is RSA for %s %j", (Name, more, why) => {
    expect(whyRsaKey(toFoundImage({ Name, ...more }))).toMatch(why);
  });

  test.each(["ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20260910", "clownfipsy", "postigo"])(
    "is ed25519 for %s",
    (Name) => {
      expect(whyRsaKey(toFoundImage({ Name }))).toBeUndefined();
    },
  );
});

describe("IMDSv2 is", () => {
  test.each([
    ["optional", "ubuntu/images/hvm-ssd/ubuntu-trusty-14.04-amd64-server-20191107", "2019-11-07T00:00:00.000Z", ""],
    [
      "optional",
      "ubuntu-pro-server/images/hvm-ssd/ubuntu-trusty-14.04-amd64-pro-server",
      "2023-01-01T00:00:00.000Z",
      "",
    ],
    ["optional", "CentOS Linux 7 x86_64 HVM EBS ENA 2002_01", "2020-03-09T00:00:00.000Z", ""],
    ["optional", "CentOS 7.9.2009 x86_64", "2020-11-12T00:00:00.000Z", ""],
    ["optional", "our-base-3", "2018-01-01T00:00:00.000Z", ""],
    ["required", "our-base-3", "2018-01-01T00:00:00.000Z", "v2.0"],
    ["required", "our-base-9", "2026-01-01T00:00:00.000Z", ""],
    ["required", "CentOS Stream 9 x86_64 20260915", "2026-09-15T00:00:00.000Z", ""],
    ["required", "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20260714", "2026-07-14T00:00:00.000Z", ""],
  ])('%s for %s of %s with ImdsSupport "%s"', (expected, Name, CreationDate, ImdsSupport) => {
    const image = toFoundImage({ Name, CreationDate, ...(ImdsSupport === "v2.0" ? { ImdsSupport } : {}) });
    expect(whyNoTokens(image) === undefined ? "required" : "optional").toBe(expected);
  });
});
