import { CreateLaunchTemplateVersionCommand } from "@aws-sdk/client-ec2";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { describe, expect, test } from "@jest/globals";
import {
  describeLaunchTemplate,
  describeTemplateVersions,
  setDefaultVersion,
} from "../../../src/aws/launch-template.js";
import {
  deleteParameter,
  labelParameter,
  putImageParameter,
  readParameterHistory,
} from "../../../src/aws/parameter.js";
import { setTags } from "../../../src/aws/tags.js";
import { TAG } from "../../../src/core/ownership.js";
import type { Promotion } from "../../../src/publish/promotion/promote.js";
import { testCloud } from "../../support/cloud.js";
import { list, promotions, REGIONS } from "../../support/promotion.js";

const cloud = testCloud();
const { name, templateName, images, promote, values, makeTemplates, launched } = promotions(cloud);

/** The caller's ARN on the local cloud. */
const ADMIN = "arn:aws:iam::123456789012:user/local";

describe("a promotion", () => {
  test("moves the parameter in every Region, returns the earlier state, and is in the history", async () => {
    const [a, b] = [await images("a"), await images("b")];
    await promote(a);
    const moved = await promote(b);
    expect(await values()).toEqual(list(b));
    expect(moved).toEqual(
      REGIONS.map((region) => ({
        region,
        pointer: name(),
        imageId: b.get(region),
        previous: a.get(region),
        before: { version: 1, written: { at: expect.any(Number), by: ADMIN, what: "promote by run 1" } },
        moved: true,
        version: 2,
      })),
    );
    const history = await readParameterHistory(cloud.scope(), name());
    expect(history.at(-1)?.description).toContain("by run 1");
  });

  test("keeps the data type of a parameter of plain text, also when it is put back", async () => {
    const [a, b] = [await images("a"), await images("b")];
    for (const region of REGIONS) {
      const ssm = await cloud.session(region).ssm();
      await ssm.send(new PutParameterCommand({ Name: name(), Value: a.get(region), Type: "String" }));
    }
    await promote(b);
    expect(await values()).toEqual(list(b));
    await promote(a);
    const types = (await readParameterHistory(cloud.scope(), name())).map(({ dataType }) => dataType);
    expect(types).toEqual(["text", "text", "text"]);
  });

  test("again changes nothing", async () => {
    const a = await images("a");
    await promote(a);
    expect((await promote(a)).map(({ moved }) => moved)).toEqual([false, false]);
    expect(await readParameterHistory(cloud.scope(), name())).toHaveLength(1);
  });

  test("to an older image is allowed, because the user requests it", async () => {
    const [a, b] = [await images("a"), await images("b")];
    for (const each of [a, b, a]) await promote(each);
    expect(await values()).toEqual(list(a));
  });

  test("of a label moves only the label, to the version with the image", async () => {
    const [a, b] = [await images("a"), await images("b")];
    for (const each of [a, b]) await promote(each);
    await promote(a, { label: "prod" });
    expect([await values(), await values(":prod")]).toEqual([list(b), list(a)]);
    await promote(b, { label: "prod" });
    expect([await values(":prod"), await values(":prod-previous")]).toEqual([list(b), list(a)]);
  });

  test("sets a launch template's default version too, and creates no second version for an image", async () => {
    const [a, b] = [await images("a"), await images("b")];
    await makeTemplates(a);
    const more = { launchTemplate: templateName() };
    for (const each of [a, b, a, b]) await promote(each, more);
    expect(await launched()).toEqual(list(b));
    const found = await describeLaunchTemplate(cloud.scope(), templateName());
    expect(await describeTemplateVersions(cloud.scope(), found?.id ?? "")).toHaveLength(2);
  });
});

describe("a launch template", () => {
  test("keeps later changes of its settings: an older version with the image is not used", async () => {
    const [a, b] = [await images("a"), await images("b")];
    await makeTemplates(a);
    const more = { launchTemplate: templateName() };
    for (const each of [a, b]) await promote(each, more);
    for (const region of REGIONS) {
      const scope = cloud.scope(region);
      const { id = "" } = (await describeLaunchTemplate(scope, templateName())) ?? {};
      const ec2 = await scope.session.ec2(region);
      const LaunchTemplateData = { UserData: "bmV3", ImageId: b.get(region) };
      await ec2.send(new CreateLaunchTemplateVersionCommand({ LaunchTemplateId: id, LaunchTemplateData }));
      await setDefaultVersion(scope, id, 3);
    }
    await promote(a, more);
    expect(await launched()).toEqual(list(a));
    const found = await describeLaunchTemplate(cloud.scope(), templateName());
    const versions = await describeTemplateVersions(cloud.scope(), found?.id ?? "");
    expect(versions.find(({ version }) => version === found?.defaultVersion)?.settings).toMatchObject({
      UserData: "bmV3",
    });
  });

  test.each([
    ["", {}],
    [":prod", { label: "prod" }],
  ])("that resolves the parameter%s is not changed", async (selector, more) => {
    const a = await images("a");
    await promote(a);
    await makeTemplates(a, { ImageId: `resolve:ssm:${name()}${selector}` });
    const b = await images("b");
    await promote(b);
    await promote(b, { ...more, launchTemplate: templateName() });
    expect(await launched()).toEqual(REGIONS.map(() => `resolve:ssm:${name()}${selector}`));
  });
});

describe("an error before any change:", () => {
  const writes = () =>
    cloud
      .endpoint()
      .calls()
      .filter(({ action }) => !/^(Describe|Get)/.test(action));

  test.each<[string, RegExp, (b: Map<string, string>) => Promise<Partial<Promotion>>]>([
    [
      "an image that is not there",
      /eu-west-1: ami-00000000000000000 does not exist/,
      async (b) => {
        b.set("eu-west-1", "ami-00000000000000000");
        return {};
      },
    ],
    [
      "an image that is not finished",
      /eu-west-1: ami-\w+ is not finished \(copy:x\)/,
      async (b) => {
        await setTags(cloud.scope("eu-west-1"), [b.get("eu-west-1") ?? ""], { [TAG.unfinished]: "copy:x" });
        return {};
      },
    ],
    [
      "an account that it is not shared with",
      /us-east-1: ami-\w+ is not shared with 111122223333: .*; eu-west-1: /,
      async () => ({ sharedWith: ["111122223333"] }),
    ],
    [
      "a parameter that is no image's",
      /eu-west-1: the value of the parameter "\S+" is not an AMI id/,
      async () => {
        const ssm = await cloud.session("eu-west-1").ssm();
        // Parameter Store does not change the data type of a parameter.
        await deleteParameter(cloud.scope("eu-west-1"), name());
        await ssm.send(new PutParameterCommand({ Name: name(), Value: "hunter2", Type: "String" }));
        return {};
      },
    ],
    [
      "a launch template that is not there",
      /launch template "nope" does not exist/,
      async () => ({ launchTemplate: "nope" }),
    ],
    ["a label with an invalid name", /Label "1st" is invalid/, async () => ({ label: "1st" })],
    [
      "a label where no version names the image",
      /no version of "\S+" has ami-\w+: publish the image to the parameter first/,
      async () => ({ label: "prod" }),
    ],
  ])("%s", async (_, message, prepare) => {
    const [a, b] = [await images("a"), new Map(await images("b"))];
    await promote(a);
    const more = await prepare(b);
    cloud.endpoint().forget();
    const error = await promote(b, more).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(message);
    expect(String(error)).not.toContain("hunter2");
    expect(writes()).toEqual([]);
  });

  test("100 versions, the oldest with a label", async () => {
    const [a, b, c] = [await images("a"), await images("b"), await images("c")];
    await promote(a, { label: undefined });
    const scope = cloud.scope("eu-west-1");
    for (let version = 2; version <= 100; version++) {
      await putImageParameter(scope, name(), b.get("eu-west-1") ?? "", { first: false, dataType: undefined });
    }
    await labelParameter(scope, name(), 1, "kept");
    cloud.endpoint().forget();
    await expect(promote(c)).rejects.toThrow(
      /eu-west-1: parameter "\S+" has 100 versions, and the label "kept" keeps the oldest one: move the label to a newer/,
    );
    expect(writes()).toEqual([]);
    await labelParameter(scope, name(), 100, "kept");
    await promote(c);
    expect(await values()).toEqual(list(c));
  });

  test("labels at their limit, also on the earlier version", async () => {
    const [a, b] = [await images("a"), await images("b")];
    for (const each of [a, b]) await promote(each);
    await promote(a, { label: "prod" });
    for (let index = 0; index < 9; index++) await labelParameter(cloud.scope("eu-west-1"), name(), 1, `l${index}`);
    cloud.endpoint().forget();
    await expect(promote(b, { label: "prod" })).rejects.toThrow(
      /eu-west-1: version 1 has 10 labels, so "prod-previous" cannot be added/,
    );
    expect(writes()).toEqual([]);
  });

  test("labels at their limit", async () => {
    const [a, b] = [await images("a"), await images("b")];
    for (const each of [a, b]) await promote(each);
    for (let index = 0; index < 10; index++) await labelParameter(cloud.scope("eu-west-1"), name(), 2, `l${index}`);
    cloud.endpoint().forget();
    await expect(promote(b, { label: "prod" })).rejects.toThrow(/eu-west-1: version 2 has 10 labels/);
    expect(writes()).toEqual([]);
  });
});

describe("a region that fails", () => {
  const DENIED = { do: "error", code: "AccessDeniedException", status: 400 } as const;

  test.each([
    ["the parameter", {}, "PutParameter"],
    ["the launch template", {}, "ModifyLaunchTemplate"],
    ["the label", { label: "prod" }, "LabelParameterVersion"],
  ])("at %s restores all Regions", async (_, more, action) => {
    const [a, b] = [await images("a"), await images("b")];
    await makeTemplates(a);
    for (const each of "label" in more ? [b, a] : [a]) await promote(each);
    const all = { ...more, launchTemplate: templateName() };
    await promote(a, all);
    const before = [await values(), await values(":prod"), await launched()];
    cloud.endpoint().forget();
    cloud.endpoint().faults([{ action, region: "eu-west-1", ...DENIED }]);
    await expect(promote(b, all)).rejects.toThrow(/The update failed in eu-west-1: .*All Regions were restored/);
    cloud.endpoint().forget();
    expect([await values(), await values(":prod"), await launched()]).toEqual(before);
  });

  test("on the first promotion leaves no parameter", async () => {
    cloud.endpoint().faults([{ action: "PutParameter", region: "eu-west-1", ...DENIED }]);
    await expect(promote(await images("a"))).rejects.toThrow(/All Regions were restored/);
    expect(await values()).toEqual([undefined, undefined]);
  });
});
