import {
  AddTagsToResourceCommand,
  DeleteParametersCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  UnlabelParameterVersionCommand,
} from "@aws-sdk/client-ssm";
import { describe, expect, test } from "@jest/globals";
import { refused, type Started, started, there } from "../started.js";
import { baked } from "../steps.js";

function put(cloud: Started, Name: string, Value: string, input: Partial<PutParameterCommandInput> = {}) {
  return cloud.ssm().send(new PutParameterCommand({ Name, Value, Type: "String", ...input }));
}

async function value(cloud: Started, Name: string): Promise<string | undefined> {
  const { Parameter } = await cloud.ssm().send(new GetParameterCommand({ Name }));
  return Parameter?.Value;
}

describe("plain parameters", () => {
  test.each([
    ["text", "aws:ec2:image"],
    ["aws:ec2:image", "text"],
  ])("the data type of an existing parameter is never changed (%s to %s)", async (before, after) => {
    const cloud = await started();
    const { ImageId: ami } = await baked(cloud, "web");
    const id = there(ami);
    await put(cloud, "/typed", id, { DataType: before });
    cloud.pass(60);
    await expect(put(cloud, "/typed", id, { DataType: after, Overwrite: true })).rejects.toMatchObject({
      name: "ValidationException",
    });
  });

  test("versions, labels and history", async () => {
    const cloud = await started();
    await put(cloud, "/a", "one");
    expect(await put(cloud, "/a", "two", { Overwrite: true })).toMatchObject({ Version: 2, Tier: "Standard" });
    await cloud
      .ssm()
      .send(new LabelParameterVersionCommand({ Name: "/a", ParameterVersion: 1, Labels: ["prod", "1bad"] }));
    expect(await value(cloud, "/a")).toBe("two");
    expect(await value(cloud, "/a:1")).toBe("one");
    expect(await value(cloud, "/a:prod")).toBe("one");
    await cloud.ssm().send(new LabelParameterVersionCommand({ Name: "/a", Labels: ["prod"] }));
    expect(await value(cloud, "/a:prod")).toBe("two");
    const { Parameters = [] } = await cloud.ssm().send(new GetParameterHistoryCommand({ Name: "/a" }));
    expect(Parameters.map(({ Version, Labels }) => [Version, Labels])).toEqual([
      [1, []],
      [2, ["prod"]],
    ]);
    expect(Parameters[0]?.LastModifiedUser).toBe("arn:aws:iam::123456789012:user/local");
    expect(Parameters[0]?.LastModifiedDate).toBeInstanceOf(Date);
    const removed = await cloud
      .ssm()
      .send(new UnlabelParameterVersionCommand({ Name: "/a", ParameterVersion: 2, Labels: ["prod", "x"] }));
    expect(removed).toMatchObject({ RemovedLabels: ["prod"], InvalidLabels: ["x"] });
  });

  test.each([
    ["what is there already", "/a", {}, "ParameterAlreadyExists"],
    ["tags with overwrite", "/a", { Overwrite: true, Tags: [{ Key: "k", Value: "v" }] }, "ValidationException"],
    ["a reserved name", "/aws/x", {}, "AccessDeniedException"],
    ["a name with other characters", "/a b", {}, "ValidationException"],
    [
      "a name that is too deep",
      `/${Array.from({ length: 16 }, () => "x").join("/")}`,
      {},
      "HierarchyLevelLimitExceededException",
    ],
    ["a value that is too long", "/long", { Value: "x".repeat(4097) }, "ValidationException"],
    ["a value against its pattern", "/pattern", { AllowedPattern: "^\\d+$" }, "ParameterPatternMismatchException"],
    ["no type", "/untyped", { Type: undefined }, "ValidationException"],
  ])("refuse %s", async (_what, name, input, code) => {
    const cloud = await started();
    await put(cloud, "/a", "one");
    expect((await refused(put(cloud, name, "value", input))).name).toBe(code);
  });

  test("the oldest of a hundred versions is removed, unless it has a label", async () => {
    const cloud = await started();
    for (let version = 1; version <= 100; version += 1) await put(cloud, "/a", String(version), { Overwrite: true });
    await put(cloud, "/a", "101", { Overwrite: true });
    expect((await refused(value(cloud, "/a:1"))).name).toBe("ParameterVersionNotFound");
    await cloud.ssm().send(new LabelParameterVersionCommand({ Name: "/a", ParameterVersion: 2, Labels: ["prod"] }));
    expect((await refused(put(cloud, "/a", "102", { Overwrite: true }))).name).toBe("ParameterMaxVersionLimitExceeded");
  });

  test("at most ten labels a version", async () => {
    const cloud = await started();
    await put(cloud, "/a", "one");
    const label = (Labels: string[]) => cloud.ssm().send(new LabelParameterVersionCommand({ Name: "/a", Labels }));
    await label(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]);
    expect((await refused(label(["k"]))).name).toBe("ParameterVersionLabelLimitExceeded");
  });

  test("lists, by name, path, filter and tag", async () => {
    const cloud = await started();
    const ssm = cloud.ssm();
    for (const name of ["/i/web/latest", "/i/db/latest", "/i/top", "/other"]) await put(cloud, name, name);
    await ssm.send(
      new AddTagsToResourceCommand({
        ResourceType: "Parameter",
        ResourceId: "/other",
        Tags: [{ Key: "k", Value: "v" }],
      }),
    );
    const byName = await ssm.send(new GetParametersCommand({ Names: ["/other", "/none", "/i/top:1"] }));
    expect(byName.InvalidParameters).toEqual(["/none"]);
    expect(byName.Parameters?.map(({ Name }) => Name)).toEqual(["/other", "/i/top"]);
    const names = async (Recursive: boolean) =>
      (await ssm.send(new GetParametersByPathCommand({ Path: "/i", Recursive }))).Parameters?.map(({ Name }) => Name);
    expect(await names(false)).toEqual(["/i/top"]);
    expect(await names(true)).toEqual(["/i/db/latest", "/i/top", "/i/web/latest"]);
    const described = async (filter: { Key: string; Option?: string; Values: string[] }) =>
      (await ssm.send(new DescribeParametersCommand({ ParameterFilters: [filter] }))).Parameters?.map(
        ({ Name }) => Name,
      );
    expect(await described({ Key: "Name", Option: "BeginsWith", Values: ["/i/w"] })).toEqual(["/i/web/latest"]);
    expect(await described({ Key: "tag:k", Values: ["v"] })).toEqual(["/other"]);
    expect(await described({ Key: "Path", Option: "Recursive", Values: ["/i"] })).toHaveLength(3);
    const tags = await ssm.send(new ListTagsForResourceCommand({ ResourceType: "Parameter", ResourceId: "/other" }));
    expect(tags.TagList).toEqual([{ Key: "k", Value: "v" }]);
    const dropped = await ssm.send(new DeleteParametersCommand({ Names: ["/other", "/none"] }));
    expect(dropped).toMatchObject({ DeletedParameters: ["/other"], InvalidParameters: ["/none"] });
  });

  test("public parameters are found by path, and not among the account's own", async () => {
    const cloud = await started();
    const { Parameters = [] } = await cloud
      .ssm()
      .send(new GetParametersByPathCommand({ Path: "/aws/service/canonical/ubuntu/server/22.04", Recursive: true }));
    expect(Parameters.map(({ Name }) => Name?.includes("/22.04/stable/current/"))).toEqual([true, true]);
    expect((await cloud.ssm().send(new DescribeParametersCommand({}))).Parameters).toEqual([]);
  });

  test("a SecureString is readable only with decryption", async () => {
    const cloud = await started();
    await put(cloud, "/s", "hidden", { Type: "SecureString" });
    expect(await value(cloud, "/s")).not.toBe("hidden");
    const open = await cloud.ssm().send(new GetParameterCommand({ Name: "/s", WithDecryption: true }));
    expect(open.Parameter).toMatchObject({ Value: "hidden", Type: "SecureString" });
  });
});

describe("parameters of data type aws:ec2:image", () => {
  const image = { DataType: "aws:ec2:image" };

  test("are visible only after the image is validated", async () => {
    const cloud = await started();
    const { ImageId = "" } = await baked(cloud, "good");
    expect(await put(cloud, "/latest", ImageId, image)).toMatchObject({ Version: 1 });
    expect((await refused(value(cloud, "/latest"))).name).toBe("ParameterNotFound");
    cloud.pass(5);
    expect(await value(cloud, "/latest")).toBe(ImageId);
  });

  test("keep the old value if the image does not exist", async () => {
    const cloud = await started();
    const { ImageId = "" } = await baked(cloud, "good");
    await put(cloud, "/latest", ImageId, image);
    cloud.pass(5);
    expect(await put(cloud, "/latest", "ami-0123456789abcdef0", { ...image, Overwrite: true })).toMatchObject({
      Version: 2,
    });
    cloud.pass(5);
    expect(await value(cloud, "/latest")).toBe(ImageId);
    expect(await put(cloud, "/latest", ImageId, { ...image, Overwrite: true })).toMatchObject({ Version: 2 });
  });

  test("accept no second value while the first is validated, and no value that is not an image id", async () => {
    const cloud = await started();
    const { ImageId = "" } = await baked(cloud, "good");
    await put(cloud, "/latest", ImageId, image);
    expect((await refused(put(cloud, "/latest", ImageId, { ...image, Overwrite: true }))).name).toBe("TooManyUpdates");
    expect((await refused(put(cloud, "/other", "ubuntu", image))).name).toBe("ValidationException");
  });

  test("an image of another region is invalid", async () => {
    const cloud = await started();
    const { ImageId } = await baked(cloud, "good", "eu-west-1");
    await put(cloud, "/latest", there(ImageId), image);
    cloud.pass(5);
    expect((await refused(value(cloud, "/latest"))).name).toBe("ParameterNotFound");
  });
});
