import { beforeEach, expect, test } from "@jest/globals";
import { testCloud } from "../../../support/cloud.js";
import { bake, heldImages } from "../bake.js";

const cloud = testCloud({ scale: 0 });

beforeEach(() => {
  cloud.endpoint().baseline();
  cloud.endpoint().forget();
});

const arm = {
  source_ami_filter: {
    filters: { name: "ubuntu/images/*jammy-22.04-arm64*", "root-device-type": "ebs" },
    owners: ["099720109477"],
    most_recent: true,
  },
};

const described = () =>
  cloud
    .endpoint()
    .calls()
    .filter(({ action }) => action === "DescribeInstanceTypes").length;

async function errorOf(options: Parameters<typeof bake>[1]): Promise<unknown> {
  return (await bake(cloud, { ami_name: "mismatch", ...options })).error;
}

test.each([
  ["t4g.micro", {}, 'Set "instance_type" to a type for x86_64, for example "t2.micro", "t3.micro", '],
  ["t3.micro", arm, 'Set "instance_type" to a type for arm64, for example "t4g.micro", '],
  ["m5.large", arm, 'Set "instance_type" to a type for arm64, for example "m'],
])(
  "%s with an image of another architecture names types of that architecture",
  async (instance_type, options, hint) => {
    const error = await errorOf({ instance_type, ...options });
    expect(error).toMatchObject({
      code: "architecture-mismatch",
      message: expect.stringMatching(/^AWS call ec2:RunInstances in us-east-1 failed: "The architecture '/),
      hint: expect.stringContaining(hint),
    });
    expect(described()).toBe(1);
    expect(heldImages(cloud)).toEqual([]);
  },
);

test("without the permission to describe types, the hint names one that is known", async () => {
  const denied = { do: "error", code: "UnauthorizedOperation", status: 403 } as const;
  cloud.endpoint().faults([{ action: "DescribeInstanceTypes", ...denied }]);
  expect(await errorOf({ instance_type: "t3.micro", ...arm })).toMatchObject({
    hint: 'Set "instance_type" to a type for arm64, for example "t4g.small", or set a source AMI for x86_64.',
  });
});

test("other failures, and bakes that succeed, describe no types", async () => {
  await errorOf({ instance_type: "x9.none" });
  await errorOf({ instance_type: "t3.micro" });
  expect(described()).toBe(0);
});
