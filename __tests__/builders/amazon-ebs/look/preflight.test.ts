import { beforeEach, describe, expect, test } from "@jest/globals";
import type { RunSettings } from "../../../../src/core/settings.js";
import { testCloud } from "../../../support/cloud.js";
import { amis, bake } from "../bake.js";
import {
  ARN,
  asLine,
  type Broken,
  bakeChecked,
  breakAccount,
  checks,
  denied,
  type Given,
  KEY,
  noPolicy,
} from "./preflight-bakes.js";

const cloud = testCloud();

beforeEach(() => breakAccount(cloud));

describe("a bake without problems makes at most two more calls in each Region", () => {
  const keys = { encrypt_boot: true, kms_key_id: KEY };
  test.each<[string, Given, readonly string[]]>([
    ["plain", {}, ["us-east-1 CreateSecurityGroup", "us-east-1 RunInstances"]],
    [
      "without temporary resources",
      { security_group_filter: { filters: { "group-name": "default" } } },
      ["us-east-1 RunInstances"],
    ],
    [
      "with copies and keys",
      { ...keys, ami_regions: ["eu-west-1"], region_kms_key_ids: { "eu-west-1": KEY } },
      ["eu-west-1 CopyImage", "eu-west-1 DescribeKey", "us-east-1 DescribeKey", "us-east-1 RunInstances"],
    ],
  ])("%s", async (_name, given, expected) => {
    const { artifact, error } = await bakeChecked(cloud, { ...given, communicator: "none" });
    expect({ error, kind: artifact?.kind }).toEqual({ error: undefined, kind: "ami" });
    expect(checks(cloud)).toEqual(expected);
  });
});

test("a bake that reuses an image checks nothing", async () => {
  const skipping = { skipUnchanged: { enabled: true, maxAge: undefined } };
  const first = await bakeChecked(cloud, { ami_name: "same", communicator: "none" }, skipping, "f1");
  cloud.endpoint().forget();
  const second = await bakeChecked(cloud, { ami_name: "same", communicator: "none" }, skipping, "f1");
  expect([amis(first).images, checks(cloud)]).toEqual([amis(second).images, []]);
});

describe("what is not certain is a warning or nothing, and the bake goes on:", () => {
  const group = `is not authorized to perform: ec2:RunInstances on resource: ${ARN}:security-group/sg-1 ${noPolicy}`;
  const encoded = "Encoded authorization failure message: abc";
  test.each<[string, Broken, Partial<RunSettings>, readonly string[]]>([
    ["a launch that is denied in the default group", { faults: [denied("RunInstances", group, { times: 1 })] }, {}, []],
    [
      "a launch that is denied without a reason",
      { faults: [denied("RunInstances", encoded, { times: 1 })] },
      {},
      ["warning builder: AWS denied ec2:RunInstances in us-east-1"],
    ],
    [
      "a copy of the source AMI that is denied",
      {
        given: { ami_regions: ["eu-west-1"] },
        faults: [
          denied("CopyImage", `is not authorized to perform: ec2:CopyImage on resource: ${ARN}::image/ami-1 x`, {
            times: 1,
          }),
        ],
      },
      {},
      [],
    ],
    [
      "a denied copy with missing-region",
      {
        given: { ami_regions: ["eu-west-1"] },
        faults: [
          denied(
            "CopyImage",
            `is not authorized to perform: ec2:CopyImage on resource: arn:aws:ec2:eu-west-1::image/* x`,
            { times: 1 },
          ),
        ],
      },
      { missingRegion: "warn" },
      ["warning ami_regions[0]: AWS denied ec2:CopyImage in eu-west-1"],
    ],
    [
      "a key that may not be read",
      {
        given: { encrypt_boot: true, kms_key_id: KEY },
        faults: [denied("DescribeKey", "x", { code: "AccessDeniedException" })],
      },
      {},
      [`warning kms_key_id: Could not check the KMS key "${KEY}" in us-east-1: AWS denied kms:DescribeKey`],
    ],
    [
      "a service that does not know dry runs",
      { faults: [denied("CreateSecurityGroup", "", { code: "InvalidAction", status: 400, times: 1 })] },
      {},
      [],
    ],
    [
      "a limit that the copy waits for",
      {
        given: { ami_regions: ["eu-west-1"] },
        faults: [
          {
            ...denied("CopyImage", "", { code: "ResourceLimitExceeded", status: 400, times: 1 }),
            message: "Too many snapshot copies in progress. The limit is 20 for this destination region.",
          },
        ],
      },
      {},
      [],
    ],
    [
      "a launch without capacity",
      { faults: [denied("RunInstances", "", { code: "InsufficientInstanceCapacity", status: 500, times: 1 })] },
      {},
      [],
    ],
    [
      "a source AMI that Allowed AMIs would hide",
      { rules: { allowedImages: { state: "audit-mode", managedBy: "account", owners: [] } } },
      {},
      ["warning source_ami_filter: The Allowed AMIs settings in us-east-1 do not include the source AMI"],
    ],
  ])("%s", async (_name, broken, settings, expected) => {
    await breakAccount(cloud, broken);
    const { artifact, error, events } = await bakeChecked(cloud, { communicator: "none", ...broken.given }, settings);
    expect({ error, kind: artifact?.kind }).toEqual({ error: undefined, kind: "ami" });
    const found = events.flatMap((event) => (event.type === "diagnostic" ? [asLine(event.diagnostic)] : []));
    expect(found).toEqual(expected.map((text) => expect.stringContaining(text)));
  });
});

describe("a denied call", () => {
  const resource = `${ARN}:instance/*`;
  const said = `is not authorized to perform: ec2:CreateTags on resource: ${resource}`;
  test.each([
    [
      "has the statement to add",
      noPolicy,
      `Region: us-east-1\nStatement to add: {"Effect":"Allow","Action":"ec2:CreateTags","Resource":"${resource}"}`,
    ],
    ["has none where no statement helps", "with an explicit deny in a service control policy", "Region: us-east-1"],
  ])("%s", async (_name, reason, detail) => {
    cloud.endpoint().faults([denied("RunInstances", `${said} ${reason}`)]);
    const { error } = await bakeChecked(cloud, {});
    expect(error).toMatchObject({ diagnostics: [{ code: "aws-denied", detail }] });
  });
});

test("a check that does not end is left out after two seconds", async () => {
  cloud.endpoint().faults([{ action: "RunInstances", do: "hang", seconds: 3600, times: 1 }]);
  const { artifact, error } = await bake(cloud, { ami_name: "in time" }, { settings: { preflight: true } });
  expect({ error, kind: artifact?.kind }).toEqual({ error: undefined, kind: "ami" });
});

test("without preflight nothing is checked", async () => {
  await bakeChecked(cloud, { communicator: "none" }, { preflight: false });
  expect(checks(cloud)).toEqual([]);
});
