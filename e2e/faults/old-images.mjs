/** Images that have the name of a row's image before its bake, and that the bake is to replace. */
import { setTimeout as sleep } from "node:timers/promises";
import { CopyImageCommand, DescribeImagesCommand } from "@aws-sdk/client-ec2";
import { ec2In } from "../harness/account.mjs";

/** Between two looks at an image that is not available yet, in milliseconds. */
const LOOK_AGAIN = 200;

/** Makes one in each region, of an image of Ubuntu's, that bears no tag of bake-ami's; waits until they are available. */
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
  while (!(await isAvailable(ec2, row))) await sleep(LOOK_AGAIN);
  ec2.destroy();
}

/** Asked by name: a new id is not known everywhere at once. */
async function isAvailable(ec2, name) {
  const Filters = [{ Name: "name", Values: [name] }];
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Owners: ["self"], Filters }));
  return Images[0]?.State === "available";
}
