import {
  CreateImageCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  type EC2Client,
  type Image,
  type Instance,
  RunInstancesCommand,
  type RunInstancesCommandInput,
} from "@aws-sdk/client-ec2";
import { type Started, there } from "./started.js";

/** Returns the newest stock image whose name matches. */
export async function sourceImage(ec2: EC2Client, name = "*ubuntu-jammy-22.04-amd64-server-*"): Promise<Image> {
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Filters: [{ Name: "name", Values: [name] }] }));
  return there(Images.sort((a, b) => ((a.CreationDate ?? "") < (b.CreationDate ?? "") ? 1 : -1))[0]);
}

/** Launches an instance of a stock image. */
export async function launched(ec2: EC2Client, input: Partial<RunInstancesCommandInput> = {}): Promise<Instance> {
  const ImageId = input.ImageId ?? there((await sourceImage(ec2)).ImageId);
  const response = await ec2.send(
    new RunInstancesCommand({ InstanceType: "t3.micro", MinCount: 1, MaxCount: 1, ...input, ImageId }),
  );
  return there(response.Instances?.[0]);
}

/** Describes an instance. */
export async function described(ec2: EC2Client, id: string): Promise<Instance> {
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  return there(Reservations?.[0]?.Instances?.[0]);
}

/** Makes an image of a new instance and waits until it is available. */
export async function baked(cloud: Started, name: string, region = "us-east-1"): Promise<Image> {
  const ec2 = cloud.ec2(region);
  const instance = await launched(ec2);
  cloud.pass(60);
  const { ImageId } = await ec2.send(new CreateImageCommand({ InstanceId: instance.InstanceId, Name: name }));
  cloud.pass(600);
  return image(ec2, there(ImageId));
}

/** Describes an image. */
export async function image(ec2: EC2Client, id: string): Promise<Image> {
  const { Images } = await ec2.send(new DescribeImagesCommand({ ImageIds: [id] }));
  return there(Images?.[0]);
}
