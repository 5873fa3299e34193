import { beforeEach, describe, expect, test } from "@jest/globals";
import { describeOwnImages } from "../../../src/aws/image.js";
import { createdArtifacts } from "../../../src/core/artifact.js";
import { TAG } from "../../../src/core/ownership.js";
import { consoleStory } from "../../../src/report/console/story.js";
import { testCloud } from "../../support/cloud.js";
import { amis, bake, heldImages } from "./bake.js";

const cloud = testCloud({ scale: 0 });

beforeEach(() => {
  cloud.endpoint().baseline();
  cloud.endpoint().forget();
});

const imagesIn = (region: string, name: string) =>
  describeOwnImages(cloud.scope(region), [{ Name: "name", Values: [name] }]);
const actions = () =>
  cloud
    .endpoint()
    .calls()
    .map((call) => call.action);

describe("a bake", () => {
  test("creates an image in each Region and leaves nothing else", async () => {
    const ended = await bake(cloud, { ami_name: "plain", ami_regions: ["eu-west-1", "us-west-2"] });
    const artifact = amis(ended);
    expect(artifact.images.map((image) => image.region)).toEqual(["eu-west-1", "us-east-1", "us-west-2"]);
    expect(artifact.missing).toEqual([]);
    expect(artifact.source.owner).toBe("099720109477");
    expect(cloud.endpoint().held()).toEqual({ images: expect.any(Array) });
    expect(heldImages(cloud)).toEqual(["eu-west-1/plain", "us-east-1/plain", "us-west-2/plain"]);
  });

  test("makes at most 27 calls for one copy, 45 calls for eight Regions", async () => {
    await bake(cloud, { ami_name: "calls 1", ami_regions: ["eu-west-1"] });
    expect(actions().length).toBeLessThanOrEqual(27);
    cloud.endpoint().forget();
    const regions = "us-east-2,us-west-1,us-west-2,eu-west-1,eu-central-1,ap-northeast-1,ap-southeast-1";
    await bake(cloud, { ami_name: "calls 8", ami_regions: regions }, { fingerprint: "calls" });
    expect(actions().length).toBeLessThanOrEqual(45);
  });

  test("tags images and snapshots in the calls that create them, and removes the marks last", async () => {
    const options = {
      ami_name: "tagged",
      ami_regions: ["eu-west-1"],
      run_tags: { Team: "infra" },
      tags: { Base: "{{ .SourceAMI }}" },
      snapshot_tags: { Kind: "disk" },
    };
    const artifact = amis(await bake(cloud, options, { fingerprint: "tagged-hash" }));
    for (const region of ["us-east-1", "eu-west-1"]) {
      const [image] = await imagesIn(region, "tagged");
      expect(image?.tags).toMatchObject({
        Team: "infra",
        Base: artifact.source.imageId,
        [TAG.owner]: "bake-ami",
        [TAG.build]: "web",
        [TAG.fingerprint]: "tagged-hash",
      });
      for (const tag of [TAG.unfinished, TAG.expires, TAG.key]) expect(image?.tags).not.toHaveProperty(tag);
    }
    expect(actions()).not.toContain("CreateTags");
    expect(
      actions()
        .filter((action) => action !== "DescribeInstances")
        .slice(-2),
    ).not.toContain("CreateImage");
  });

  test("keeps the image from the moment it is available", async () => {
    const ended = await bake(cloud, { ami_name: "kept", ami_regions: ["eu-west-1"] });
    const { imageId } = amis(ended).images.find((image) => image.region === "us-east-1") ?? {};
    expect(ended.kept[0]).toMatchObject({ images: [{ region: "us-east-1", imageId }] });
    expect(ended.records.filter((record) => record.op === "kept").map((record) => record.why)).toEqual([
      "available",
      "finished",
      "finished",
    ]);
  });

  test("prints the lines of Packer", async () => {
    const { events } = await bake(cloud, { ami_name: "story" });
    const linesOf = consoleStory({
      colour: false,
      introduce: false,
      timestamps: false,
      progressInterval: 15_000,
      sources: [],
    });
    const printed = events.flatMap(linesOf).map((line) => line.replace(/^(==>| {3}) web: /, ""));
    expect(
      printed.map((text) => text.replace(/(ami|i)-[0-9a-f]{17}/g, "$1-X").replace(/packer_[0-9a-f-]+/, "packer_X")),
    ).toEqual([
      "Prevalidating AMI Name: story",
      "Found Image ID: ami-X",
      "Creating temporary security group for this instance: packer_X",
      "Launching a source AWS instance...",
      "Instance ID: i-X",
      "Waiting for instance (i-X) to become ready...",
      "Stopping the source instance...",
      "Stopping instance",
      "Waiting for the instance to stop...",
      "Creating AMI story from instance i-X",
      "AMI: ami-X",
      "Waiting for AMI to become ready...",
      "Terminating the source AWS instance...",
      "Deleting temporary security group...",
    ]);
  });

  test("creates no image with skip_create_ami", async () => {
    const { artifact } = await bake(cloud, { ami_name: "none", skip_create_ami: true });
    expect(artifact?.kind).toBe("none");
    expect(cloud.endpoint().held()).toEqual({});
    expect(actions()).not.toContain("StopInstances");
  });
});

describe("the Regions", () => {
  test("are only those of the copies with skip_save_build_region", async () => {
    const artifact = amis(
      await bake(cloud, { ami_name: "copies", skip_save_build_region: true, ami_regions: ["eu-west-1"] }),
    );
    expect(artifact.images.map((image) => image.region)).toEqual(["eu-west-1"]);
    expect(cloud.endpoint().held()).toEqual({ images: expect.any(Array) });
    expect(heldImages(cloud)).toEqual(["eu-west-1/copies"]);
  });

  test("have a copy with encryption, also the build Region", async () => {
    amis(await bake(cloud, { ami_name: "encrypted", encrypt_boot: true, ami_regions: ["eu-west-1"] }));
    expect(heldImages(cloud)).toEqual(["eu-west-1/encrypted", "us-east-1/encrypted"]);
    for (const region of ["us-east-1", "eu-west-1"]) {
      const [image] = await imagesIn(region, "encrypted");
      expect(image?.mappings[0]?.Ebs?.Encrypted).toBe(true);
    }
  });

  test("are those of the template and the run", async () => {
    const settings = { regions: ["eu-west-1", "us-west-2"] };
    const artifact = amis(await bake(cloud, { ami_name: "more", ami_regions: ["eu-west-1"] }, { settings }));
    expect(artifact.images.map((image) => image.region)).toEqual(["eu-west-1", "us-east-1", "us-west-2"]);
  });

  test("fail separately: the others and the first image are not affected", async () => {
    cloud.endpoint().faults([
      {
        action: "CopyImage",
        region: "eu-west-1",
        do: "error",
        code: "UnauthorizedOperation",
        status: 403,
        message: "You are not authorized to perform this operation.",
      },
    ]);
    const artifact = amis(await bake(cloud, { ami_name: "missing", ami_regions: ["eu-west-1", "us-west-2"] }));
    expect(artifact.images.map((image) => image.region)).toEqual(["us-east-1", "us-west-2"]);
    expect(artifact.missing).toEqual([
      { region: "eu-west-1", reason: expect.stringMatching(/AWS denied ec2:CopyImage in eu-west-1/) },
    ]);
    const [source] = await imagesIn("us-east-1", "missing");
    expect(source?.tags[TAG.unfinished]).toBe("copy:eu-west-1");
  });

  test("name the unencrypted image that stays when the encrypted copy fails, and report no artifact", async () => {
    const message = "You are not authorized to perform this operation.";
    const denied = { do: "error", code: "UnauthorizedOperation", status: 403, message } as const;
    cloud.endpoint().faults([{ action: "CopyImage", ...denied, times: 9 }]);
    const ended = await bake(cloud, { ami_name: "left", encrypt_boot: true }, { fingerprint: "left" });
    const artifact = amis(ended);
    expect(artifact.images).toEqual([]);
    const warnings = ended.events.flatMap((event) => (event.type === "diagnostic" ? [event.diagnostic] : []));
    expect(warnings).toContainEqual(
      expect.objectContaining({
        code: "intermediate-image-left",
        summary: expect.stringMatching(/^Unencrypted intermediate AMI ami-[0-9a-f]+ \("[^"]+"\) stays in us-east-1$/),
        hint: expect.stringMatching(/^Run the bake again/),
      }),
    );
    expect(createdArtifacts([artifact])).toEqual([]);
    cloud.endpoint().faults([]);
    const again = await bake(cloud, { ami_name: "left", encrypt_boot: true }, { fingerprint: "left" });
    expect(amis(again).images).toHaveLength(1);
    expect(heldImages(cloud)).toEqual(["us-east-1/left"]);
  });

  test("retry a copy that fails", async () => {
    cloud
      .endpoint()
      .faults([
        { action: "CopyImage", region: "eu-west-1", do: "fail", code: "Server.InternalError", message: "disk" },
      ]);
    expect(amis(await bake(cloud, { ami_name: "again", ami_regions: ["eu-west-1"] })).missing).toEqual([]);
    expect(heldImages(cloud)).toEqual(["eu-west-1/again", "us-east-1/again"]);
  });
});
