/** Existing images with the AMI name of a row's bake, which the bake must replace. */
import { setTimeout as sleep } from "node:timers/promises";
import { CopyImageCommand, DescribeImagesCommand } from "@aws-sdk/client-ec2";
import { ec2In } from "../harness/account.mjs";

/** Time between two checks whether an image is available, in milliseconds. */
const POLL_INTERVAL = 200;

/** Copies an Ubuntu image in each region, without bake-ami tags, and waits until the copies are available. */
export async function makeOldImages(cloud, regions, row) {
  await Promise.all(regions.map((region) => makeOldImage(cloud, region, row)));
}

async function makeOldImage(cloud, region, row) {
  const ec2 = ec2In(cloud, region);
  const Filters = [{ Name: "name", Values: ["ubuntu/images/*ubuntu-jammy-22.04-amd64-server-*"] }];
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Owners: ["099720109477"], Filters }));
  await ec2.send(
    new CopyImageCommand({
      Name: row,
      SourceRegion: region,
      SourceImageId: Images[0]?.ImageId,
      TagSpecifications: [{ ResourceType: "image", Tags: [{ Key: "row", Value: row }] }],
    }),
  );
  while (!(await isAvailable(ec2, row))) await sleep(POLL_INTERVAL);
  ec2.destroy();
}

/** Describes the image by name: a new id is not visible at once. */
async function isAvailable(ec2, name) {
  const Filters = [{ Name: "name", Values: [name] }];
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Owners: ["self"], Filters }));
  return Images[0]?.State === "available";
}
