import { CreateSnapshotCommand, CreateVolumeCommand, RegisterImageCommand } from "@aws-sdk/client-ec2";
import { expect, test } from "@jest/globals";
import { describeOwnImages } from "../../src/aws/image.js";
import { readParameter } from "../../src/aws/parameter.js";
import { toTagList } from "../../src/aws/tags.js";
import { type ImageRank, originTag, rankOf } from "../../src/core/image-order.js";
import { OWNER, TAG } from "../../src/core/ownership.js";
import { moveParameter } from "../../src/publish/move-parameter.js";
import { testCloud } from "../support/cloud.js";

let now = Date.parse("2026-11-30T07:00:00Z");
const cloud = testCloud({ scale: 0, clock: () => now });
let names = 0;

/** Creates an image now, and returns its ID and rank. `tags` as bake-ami sets them on a copy. */
async function image(region: string, tags: Readonly<Record<string, string>> = {}) {
  const ec2 = await cloud.session(region).ec2();
  const { VolumeId } = await ec2.send(new CreateVolumeCommand({ AvailabilityZone: `${region}a`, Size: 8 }));
  const { SnapshotId } = await ec2.send(new CreateSnapshotCommand({ VolumeId }));
  const { ImageId = "" } = await ec2.send(
    new RegisterImageCommand({
      Name: `order-${++names}`,
      RootDeviceName: "/dev/sda1",
      BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { SnapshotId } }],
      TagSpecifications: [{ ResourceType: "image", Tags: toTagList({ [TAG.owner]: OWNER, ...tags }) }],
    }),
  );
  const [found] = await describeOwnImages(cloud.scope(region), [{ Name: "image-id", Values: [ImageId] }]);
  if (!found) throw new Error("the image was not found");
  return { id: ImageId, rank: rankOf(found), origin: originTag(found) };
}

const moveTo = (region: string, name: string, { id, rank }: { readonly id: string; readonly rank: ImageRank }) =>
  moveParameter(cloud.scope(region), {
    name,
    imageId: id,
    rank: async () => rank,
    refuse: async () => undefined,
    tags: {},
    expected: true,
  });

test("two bakes whose copies finish in the other order leave all Regions at the newer bake", async () => {
  const older = await image("us-east-1");
  now += 60_000;
  const newer = await image("us-east-1");
  now += 60_000;
  const copyOfNewer = await image("eu-west-1", { [TAG.origin]: newer.origin });
  now += 60_000;
  const copyOfOlder = await image("eu-west-1", { [TAG.origin]: older.origin });
  await moveTo("us-east-1", "/order/copies", newer);
  await moveTo("eu-west-1", "/order/copies", copyOfNewer);
  now += 60_000;
  expect(await moveTo("us-east-1", "/order/copies", older)).toMatchObject({ outcome: "newer", value: newer.id });
  expect(await moveTo("eu-west-1", "/order/copies", copyOfOlder)).toMatchObject({
    outcome: "newer",
    value: copyOfNewer.id,
  });
});

test("two images of one creation second do not move the parameter back and forth", async () => {
  const images = [await image("us-east-1"), await image("us-east-1")];
  const ids = images.map(({ id }) => id).sort();
  for (let round = 0; round < 5; round++)
    await Promise.all(images.map((each) => moveTo("us-east-1", "/order/tie", each)));
  const last = await readParameter(cloud.scope(), "/order/tie");
  expect(last?.value).toBe(ids[1]);
  expect(last?.version).toBeLessThanOrEqual(4);
});
