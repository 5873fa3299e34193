import { CreateSnapshotCommand, CreateVolumeCommand, RegisterImageCommand } from "@aws-sdk/client-ec2";
import type { TestCloud } from "./cloud.js";

/** The empty volume of each Region of a cloud. */
const volumes = new WeakMap<TestCloud, Map<string, Promise<string | undefined>>>();

function volumeIn(cloud: TestCloud, region: string): Promise<string | undefined> {
  const known = volumes.get(cloud) ?? new Map<string, Promise<string | undefined>>();
  volumes.set(cloud, known);
  const make = async () => {
    const ec2 = await cloud.session(region).ec2();
    return (await ec2.send(new CreateVolumeCommand({ AvailabilityZone: `${region}a`, Size: 1 }))).VolumeId;
  };
  const volume = known.get(region) ?? make();
  known.set(region, volume);
  return volume;
}

/** Registers an available image of the account from a snapshot of an empty volume; returns its id. */
export async function makeImage(
  cloud: TestCloud,
  name: string,
  region = "us-east-1",
  tags: Readonly<Record<string, string>> = {},
): Promise<string> {
  const ec2 = await cloud.session(region).ec2();
  const list = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const tagged = (ResourceType: "image" | "snapshot") =>
    list.length > 0 ? { TagSpecifications: [{ ResourceType, Tags: list }] } : {};
  const VolumeId = await volumeIn(cloud, region);
  const { SnapshotId } = await ec2.send(new CreateSnapshotCommand({ VolumeId, ...tagged("snapshot") }));
  const { ImageId } = await ec2.send(
    new RegisterImageCommand({
      Name: name,
      Architecture: "x86_64",
      RootDeviceName: "/dev/sda1",
      BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { SnapshotId } }],
      ...tagged("image"),
    }),
  );
  if (!ImageId) throw new Error("RegisterImage returned no image id");
  return ImageId;
}
