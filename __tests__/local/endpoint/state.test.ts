import {
  CreateLaunchTemplateCommand,
  CreateTagsCommand,
  DescribeImagesCommand,
  DescribeLaunchTemplatesCommand,
} from "@aws-sdk/client-ec2";
import { GetParameterCommand, LabelParameterVersionCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import { describe, expect, test } from "@jest/globals";
import { BakeError } from "../../../src/core/errors.js";
import { readState } from "../../../src/local/endpoint/state.js";
import { started, there } from "./started.js";
import { baked, image, launched } from "./steps.js";

describe("the state", () => {
  test("keeps images, snapshots, parameters and launch templates for the next run, as JSON", async () => {
    const first = await started({ scale: 0 });
    const { ImageId = "" } = await baked(first, "kept", "eu-west-1");
    const west = first.ec2("eu-west-1");
    await west.send(new CreateTagsCommand({ Resources: [ImageId], Tags: [{ Key: "a", Value: "b" }] }));
    const ssm = first.ssm("eu-west-1");
    await ssm.send(
      new PutParameterCommand({ Name: "/kept", Value: ImageId, Type: "String", DataType: "aws:ec2:image" }),
    );
    await ssm.send(new GetParameterCommand({ Name: "/kept" }));
    await ssm.send(new LabelParameterVersionCommand({ Name: "/kept", Labels: ["prod"] }));
    await west.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: "web", LaunchTemplateData: { ImageId } }));
    await launched(west);
    const saved: unknown = JSON.parse(JSON.stringify(first.endpoint.state()));

    const second = await started({ scale: 0, state: readState(saved) });
    second.pass(86_400);
    expect(await image(second.ec2("eu-west-1"), ImageId)).toMatchObject({
      Name: "kept",
      Tags: [{ Key: "a", Value: "b" }],
      State: "available",
    });
    const { Parameter } = await second.ssm("eu-west-1").send(new GetParameterCommand({ Name: "/kept:prod" }));
    expect(Parameter).toMatchObject({ Value: ImageId, Version: 1 });
    const { LaunchTemplates } = await second.ec2("eu-west-1").send(new DescribeLaunchTemplatesCommand({}));
    expect(LaunchTemplates?.map(({ LaunchTemplateName }) => LaunchTemplateName)).toEqual(["web"]);
    expect(second.endpoint.held()).toEqual({});
    expect((await launched(second.ec2("eu-west-1"), { ImageId })).ImageId).toBe(ImageId);
  });

  test("does not contain stock images", async () => {
    const cloud = await started();
    await cloud.ec2().send(new DescribeImagesCommand({}));
    expect(there(cloud.endpoint.state().regions[0])).toMatchObject({ name: "us-east-1", images: [], parameters: [] });
  });

  test.each([
    [{ version: 0, regions: [] }, "version 0"],
    [{ version: 2, regions: [] }, "version 2"],
    [{ regions: [] }, "no version"],
    [null, "no version"],
    ["text", "no version"],
  ])("of another version is refused: %j", (json, found) => {
    expect(() => readState(json)).toThrow(
      new BakeError(`The saved state of the local cloud has ${found}; this release of bake-ami reads version 1`, {
        code: "local-state",
        hint: "Run `bake-ami local reset` to delete the state, or set --local-state to another directory.",
      }),
    );
  });
});
