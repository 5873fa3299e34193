import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ModifyImageAttributeCommand, ModifySnapshotAttributeCommand } from "@aws-sdk/client-ec2";
import { beforeAll, expect, test } from "@jest/globals";
import { BAKE } from "../../src/action/bake.js";
import { describeLaunchPermissions } from "../../src/aws/image-attributes.js";
import { putTextParameter } from "../../src/aws/parameter.js";
import { describeVolumePermissions } from "../../src/aws/snapshot.js";
import type { Fault } from "../../src/local/endpoint/wire/faults.js";
import { SOURCE } from "../builders/amazon-ebs/bake.js";
import { testCloud } from "../support/cloud.js";
import { temporaryFolder } from "../support/folder.js";
import { makeImage } from "../support/images.js";
import { inputsEnvironment, runOnRunner } from "./runner.js";

const cloud = testCloud();
const folder = temporaryFolder("skip-step");
const FRIEND = "210987654321";
const OTHER = "123456789098";

const builder = {
  ...{ type: "amazon-ebs", region: "us-east-1", ami_regions: ["eu-west-1"], instance_type: "t3.micro" },
  ...{ communicator: "none", ami_name: "step {{timestamp}} {{uuid}}", ami_users: [FRIEND], tags: { App: "web" } },
  ...{ user_data: "#!/bin/sh\n# {{user `version`}}", imds_support: "v2.0" },
  ...SOURCE,
};

function write(more: Readonly<Record<string, unknown>> = {}): void {
  const builders = [{ ...builder, ...more }];
  writeFileSync(join(folder(), "web.json"), JSON.stringify({ variables: { version: "1" }, builders }));
}

/** Runs the Action's step as a night does; answers its outputs, and the calls that change something. */
async function night(inputs: Readonly<Record<string, string>> = {}, faults: readonly Fault[] = []) {
  cloud.endpoint().forget();
  cloud.endpoint().faults(faults);
  const given = { template: "web.json", "skip-unchanged": "true", "ssm-parameter": "/step/{image}", ...inputs };
  const { code, outputs, files } = await runOnRunner(BAKE, folder(), {
    ...cloud.env(),
    AWS_REGION: "us-east-1",
    ...inputsEnvironment(given),
  });
  expect(code).toBe(0);
  const calls = cloud.endpoint().calls();
  return {
    outputs,
    summary: files.summary,
    changes: calls.filter(({ action }) => !/^(Describe|Get)/.test(action)).map(({ action }) => action),
  };
}

beforeAll(async () => {
  write();
});

test("outputs of a skipped bake are those of the bake, with the reason for the skip", async () => {
  const first = await night();
  expect(first.outputs).toMatchObject({ skipped: "false", reason: "no earlier image of this build exists" });
  const second = await night();
  const { skipped, reason, duration: _took, builds, ...same } = second.outputs;
  expect(first.outputs).toMatchObject(same);
  expect(Object.keys(second.outputs).sort()).toEqual(Object.keys(first.outputs).sort());
  expect(skipped).toBe("true");
  expect(reason).toMatch(/^unchanged since .+ \(ami-\w+\)$/);
  expect(JSON.parse(builds ?? "")).toHaveLength(JSON.parse(first.outputs.builds ?? "").length);
  expect(second.changes).toEqual([]);
});

test.each([
  ["a share", [FRIEND]],
  ["every share", [FRIEND, OTHER]],
])("%s of an image and its snapshot that was removed is added again, and no other is repeated", async (_, taken) => {
  const both = [OTHER, FRIEND];
  write({ ami_name: "shared {{timestamp}} {{uuid}}", ami_users: both, snapshot_users: both });
  const { outputs } = await night();
  const ids = Object.entries<string>(JSON.parse(outputs["ami-ids"] ?? ""));
  const snapshots: Record<string, readonly string[]> = JSON.parse(outputs["snapshot-ids"] ?? "");
  const Remove = taken.map((UserId) => ({ UserId }));
  for (const [region, ImageId] of ids) {
    const ec2 = await cloud.session(region).ec2();
    await ec2.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { Remove } }));
    const SnapshotId = snapshots[region]?.[0];
    await ec2.send(new ModifySnapshotAttributeCommand({ SnapshotId, CreateVolumePermission: { Remove } }));
  }
  const { outputs: again } = await night();
  expect(again.skipped).toBe("true");
  const said = cloud
    .endpoint()
    .calls()
    .filter(({ action }) => action.startsWith("Modify"));
  const added = taken.toSorted().map((UserId) => ({ UserId }));
  for (const { params } of said) {
    const { Add } = Object(params.LaunchPermission ?? params.CreateVolumePermission);
    expect(Object.values<{ UserId: string }>(Add).toSorted((a, b) => a.UserId.localeCompare(b.UserId))).toEqual(added);
  }
  expect(said).toHaveLength(2 * ids.length);
  for (const [region, id] of ids) {
    expect((await describeLaunchPermissions(cloud.scope(region), id)).users.toSorted()).toEqual(both);
    const [snapshot = ""] = snapshots[region] ?? [];
    expect((await describeVolumePermissions(cloud.scope(region), snapshot)).users.toSorted()).toEqual(both);
  }
  expect((await night()).changes).toEqual([]);
  write();
});

test("where the caller may not read shares, they are added again", async () => {
  const denied = (action: string) =>
    ({ action, times: 99, do: "error", code: "UnauthorizedOperation", status: 403 }) as const;
  write({ snapshot_users: [FRIEND] });
  await night();
  const { outputs, changes } = await night({}, [denied("DescribeImageAttribute"), denied("DescribeSnapshotAttribute")]);
  expect(outputs.skipped).toBe("true");
  expect(changes.toSorted()).toEqual([
    "ModifyImageAttribute",
    "ModifyImageAttribute",
    "ModifySnapshotAttribute",
    "ModifySnapshotAttribute",
  ]);
  write();
});

test("a variable that changed is reported by its name", async () => {
  const { outputs } = await night({ variables: "version=2" });
  expect(outputs).toMatchObject({ skipped: "false" });
  expect(outputs.reason).toMatch(/^changed since ami-\w+: variable version\b/);
});

test("a source AMI that changed is reported by both ids", async () => {
  const moved = await makeImage(cloud, "another-source", "us-east-1");
  const before = (await night()).outputs["source-ami"];
  write({ source_ami: moved, source_ami_filter: undefined });
  const { outputs } = await night();
  expect(outputs.skipped).toBe("false");
  expect(outputs.reason).toContain(`source AMI ${before} → ${moved}`);
  write();
});

const HCL = `
data "amazon-parameterstore" "motd" {
  region = "us-east-1"
  name   = "/motd"
}

data "amazon-ami" "base" {
  region      = "us-east-1"
  owners      = ["099720109477"]
  most_recent = true
  filters     = { name = "ubuntu/images/*jammy-22.04-amd64*" }
}

source "amazon-ebs" "web" {
  region        = "us-east-1"
  source_ami    = data.amazon-ami.base.id
  instance_type = "t3.micro"
  communicator  = "none"
  ami_name      = "hcl-\${formatdate("YYYYMMDDhhmmss", timestamp())}-\${uuidv4()}"
  user_data     = "#!/bin/sh\\n# \${data.amazon-parameterstore.motd.value}"
}

build {
  sources = ["source.amazon-ebs.web"]
}
`;

test("the image of an HCL2 template is reused while its data sources return the same", async () => {
  writeFileSync(join(folder(), "web.pkr.hcl"), HCL);
  const inputs = { template: "web.pkr.hcl", image: "hcl" };
  await putTextParameter(cloud.scope(), "/motd", "one", "");
  expect((await night(inputs)).outputs.skipped).toBe("false");
  expect((await night(inputs)).outputs.skipped).toBe("true");
  await putTextParameter(cloud.scope(), "/motd", "two", "");
  const { outputs } = await night(inputs);
  expect(outputs).toMatchObject({
    skipped: "false",
    reason: expect.stringMatching(/^changed since .*option user_data$/),
  });
});

test("skip_save_build_region leaves nothing to reuse, and that is reported", async () => {
  write({ skip_save_build_region: true, user_data: "#!/bin/sh" });
  await night();
  const why = '"skip_save_build_region" keeps no image in us-east-1 to reuse';
  expect((await night()).outputs).toMatchObject({ skipped: "false", reason: why });
  write();
});

test.each([
  ["a time in the user data", { user_data: "{{timestamp}}" }, "option user_data differs in every run"],
  ["a random value in it", { user_data: "{{uuid}}" }, "option user_data differs in every run"],
])("what makes an image that cannot be recognized is reported: %s", async (_, more, why) => {
  write(more);
  expect((await night()).outputs).toMatchObject({ skipped: "false", reason: expect.stringContaining(why) });
  write();
});

test("the summary lists which older images were removed, and which stay because they are shared", async () => {
  write({ ami_name: "kept {{timestamp}} {{uuid}}" });
  await night({ "skip-unchanged": "false" });
  write({ ami_name: "kept {{timestamp}} {{uuid}}", ami_users: [] });
  const older = await night({ "skip-unchanged": "false" });
  const { summary } = await night({ "skip-unchanged": "false", keep: "1" });
  expect(summary).toContain(
    "Older images: 4 of 6 images stay &#40;2 of them used, shared or protected&#41;, 2 were removed.",
  );
  const [, table = ""] = summary.split(/<details><summary>Older images|<\/details>/);
  const cells = (row: string) => row.split("</td>").map((cell) => cell.replaceAll(/<[^>]*>/g, ""));
  const rows = table.split("\n").filter((line) => line.startsWith("<tr>"));
  expect(rows.map(cells).map(([region, , what, , why]) => [region, what, why])).toEqual([
    ["eu-west-1", "removed", "1 newer one"],
    ["eu-west-1", "stays", `shared with ${FRIEND}`],
    ["us-east-1", "removed", "1 newer one"],
    ["us-east-1", "stays", `shared with ${FRIEND}`],
  ]);
  for (const id of Object.values(JSON.parse(older.outputs["ami-ids"] ?? "{}")))
    expect(table).toContain(`<samp>${id}</samp>`);
  write();
});
