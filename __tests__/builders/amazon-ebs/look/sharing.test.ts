import {
  DisableEbsEncryptionByDefaultCommand,
  DisableSnapshotBlockPublicAccessCommand,
  EnableEbsEncryptionByDefaultCommand,
  EnableSnapshotBlockPublicAccessCommand,
  ModifyEbsDefaultKmsKeyIdCommand,
  ResetEbsDefaultKmsKeyIdCommand,
} from "@aws-sdk/client-ec2";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { testCloud } from "../../../support/cloud.js";
import { amis, bake } from "../bake.js";

const cloud = testCloud({ scale: 0 });
const KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";
const REGIONS = ["us-east-1", "eu-west-1"];
const ACCOUNT = "210987654321";

beforeEach(() => {
  cloud.endpoint().baseline();
  cloud.endpoint().forget();
});
afterEach(async () => {
  for (const region of REGIONS) {
    const ec2 = await cloud.session(region).ec2();
    await ec2.send(new DisableEbsEncryptionByDefaultCommand({}));
    await ec2.send(new ResetEbsDefaultKmsKeyIdCommand({}));
    await ec2.send(new DisableSnapshotBlockPublicAccessCommand({}));
  }
});

async function encryptByDefault(region: string): Promise<void> {
  await (await cloud.session(region).ec2()).send(new EnableEbsEncryptionByDefaultCommand({}));
}

/** Returns the actions of the calls that read the settings. */
const reads = () =>
  cloud
    .endpoint()
    .calls()
    .map(({ action }) => action)
    .filter((action) => /^Get(Ebs|Snapshot)/.test(action));

let count = 0;
const named = () => ({ ami_name: `shared ${++count}`, ami_regions: ["eu-west-1"] });

describe("before anything is created, a bake is refused", () => {
  test.each<[string, object, string, RegExp]>([
    [
      "that shares its image with accounts",
      { ami_users: [ACCOUNT] },
      "ami_users",
      /Cannot share the AMI.*alias\/aws\/ebs/,
    ],
    ["that shares its snapshots", { snapshot_users: [ACCOUNT] }, "snapshot_users", /Cannot share the AMI/],
    ["that makes its image public", { ami_groups: ["all"] }, "ami_groups", /Encrypted images cannot be public/],
  ])("%s, where the account encrypts by default with the key of AWS", async (_, given, option, message) => {
    await encryptByDefault("us-east-1");
    const { error } = await bake(cloud, { ...named(), ...given });
    expect(error).toMatchObject({
      code: "default-key-cannot-be-shared",
      message: expect.stringMatching(message),
      range: { file: option },
    });
    expect(String(error)).toContain("us-east-1, eu-west-1");
    expect(cloud.endpoint().held()).toEqual({});
  });

  test("that is copied to a Region which encrypts by default", async () => {
    await encryptByDefault("eu-west-1");
    const { error } = await bake(cloud, { ...named(), ami_users: [ACCOUNT] });
    expect(String(error)).toMatch(/in eu-west-1$/);
    expect(cloud.endpoint().held()).toEqual({});
  });

  test("that makes snapshots public where the account blocks that", async () => {
    const ec2 = await cloud.session("eu-west-1").ec2();
    await ec2.send(new EnableSnapshotBlockPublicAccessCommand({ State: "block-new-sharing" }));
    const { error } = await bake(cloud, { ...named(), snapshot_groups: ["all"] });
    expect(error).toMatchObject({ code: "public-snapshots-blocked", region: "eu-west-1" });
    expect(cloud.endpoint().held()).toEqual({});
  });
});

describe("a bake succeeds", () => {
  test("and reads no setting when nothing is shared", async () => {
    await encryptByDefault("us-east-1");
    amis(await bake(cloud, named()));
    expect(reads()).toEqual([]);
  });

  test("where the default keys are the account's own", async () => {
    for (const region of REGIONS) {
      await encryptByDefault(region);
      const ec2 = await cloud.session(region).ec2();
      await ec2.send(new ModifyEbsDefaultKmsKeyIdCommand({ KmsKeyId: KEY }));
    }
    const { images } = amis(await bake(cloud, { ...named(), snapshot_users: [ACCOUNT] }));
    expect(images).toHaveLength(2);
  });

  test("where the settings may not be read", async () => {
    const denied = { do: "error", code: "UnauthorizedOperation", status: 403, times: 9 } as const;
    cloud.endpoint().faults([
      { action: "GetEbsEncryptionByDefault", ...denied },
      { action: "GetSnapshotBlockPublicAccessState", ...denied },
    ]);
    const { images } = amis(await bake(cloud, { ...named(), snapshot_groups: ["all"] }));
    expect(images).toHaveLength(2);
    expect(reads()).toContain("GetSnapshotBlockPublicAccessState");
  });
});
