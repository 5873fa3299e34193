import { CreateLaunchTemplateCommand } from "@aws-sdk/client-ec2";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { launchTemplate, templateVersions } from "../../../src/aws/launch-template.js";
import { labelParameter, parameterHistory, readParameter } from "../../../src/aws/parameter.js";
import { setTags } from "../../../src/aws/tags.js";
import { TAG } from "../../../src/core/ownership.js";
import { type Promotion, promote, type ScopeOf } from "../../../src/publish/promotion/promote.js";
import { rollbackTarget } from "../../../src/publish/promotion/rollback.js";
import { testCloud } from "../../support/cloud.js";
import { makeImage } from "../../support/images.js";

const cloud = testCloud();
const REGIONS = ["us-east-1", "eu-west-1"] as const;
let unique = 0;
let name = "";

beforeEach(() => {
  name = `/images/p${++unique}`;
  cloud.endpoint().forget();
});

const scopeOf: ScopeOf = (region) => cloud.scope(region);

/** Makes an image in each region; answers their ids by region. */
async function images(what: string): Promise<ReadonlyMap<string, string>> {
  const made = REGIONS.map(async (region) => [region, await makeImage(cloud, `${what} ${name}`, region)] as const);
  return new Map(await Promise.all(made));
}

function order(more: Partial<Promotion> = {}, kind: "promote" | "rollback" = "promote", by = "run 1"): Promotion {
  return {
    parameter: name,
    label: undefined,
    launchTemplate: undefined,
    sharedWith: [],
    mover: { kind, by, tags: { a: "b" } },
    ...more,
  };
}

async function rollback(by = "run 2", more: Partial<Promotion> = {}) {
  const target = await rollbackTarget(name, more.label, REGIONS, by, scopeOf);
  return promote(target, order(more, "rollback", by), scopeOf);
}

async function values(selector = ""): Promise<readonly (string | undefined)[]> {
  return Promise.all(REGIONS.map(async (region) => (await readParameter(cloud.scope(region), name + selector))?.value));
}

const list = (given: ReadonlyMap<string, string>) => REGIONS.map((region) => given.get(region));

async function makeTemplates(imageIds: ReadonlyMap<string, string>): Promise<void> {
  for (const region of REGIONS) {
    const ec2 = await cloud.session(region).ec2();
    const data = { ImageId: imageIds.get(region), InstanceType: "t3.micro" as const };
    await ec2.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: templateName(), LaunchTemplateData: data }));
  }
}

const templateName = () => `web-${unique}`;

async function launched(): Promise<readonly (string | undefined)[]> {
  return Promise.all(
    REGIONS.map(async (region) => {
      const scope = cloud.scope(region);
      const found = await launchTemplate(scope, templateName());
      const versions = await templateVersions(scope, found?.id ?? "");
      return versions.find(({ version }) => version === found?.defaultVersion)?.imageId;
    }),
  );
}

describe("a promotion", () => {
  test("moves the parameter in every region, tells what was there, and stands in the history", async () => {
    const [a, b] = [await images("a"), await images("b")];
    await promote(a, order(), scopeOf);
    const moved = await promote(b, order(), scopeOf);
    expect(await values()).toEqual(list(b));
    expect(moved).toEqual(
      REGIONS.map((region) => ({
        region,
        pointer: name,
        imageId: b.get(region),
        previous: a.get(region),
        moved: true,
        version: 2,
      })),
    );
    const history = await parameterHistory(cloud.scope(), name);
    expect(history.at(-1)?.description).toContain("by run 1");
  });

  test("again changes nothing", async () => {
    const a = await images("a");
    await promote(a, order(), scopeOf);
    expect((await promote(a, order(), scopeOf)).map(({ moved }) => moved)).toEqual([false, false]);
    expect(await parameterHistory(cloud.scope(), name)).toHaveLength(1);
  });

  test("to an older image is allowed: it is what the user asks for", async () => {
    const [a, b] = [await images("a"), await images("b")];
    for (const each of [a, b, a]) await promote(each, order(), scopeOf);
    expect(await values()).toEqual(list(a));
  });

  test("of a label moves it alone, to the version that names the image", async () => {
    const [a, b] = [await images("a"), await images("b")];
    for (const each of [a, b]) await promote(each, order(), scopeOf);
    await promote(a, order({ label: "prod" }), scopeOf);
    expect([await values(), await values(":prod")]).toEqual([list(b), list(a)]);
    await promote(b, order({ label: "prod" }), scopeOf);
    expect([await values(":prod"), await values(":prod-previous")]).toEqual([list(b), list(a)]);
  });

  test("sets a launch template's default version beside it, and makes no second version of one image", async () => {
    const [a, b] = [await images("a"), await images("b")];
    await makeTemplates(a);
    const more = { launchTemplate: templateName() };
    for (const each of [a, b, a, b]) await promote(each, order(more), scopeOf);
    expect(await launched()).toEqual(list(b));
    const found = await launchTemplate(cloud.scope(), templateName());
    expect(await templateVersions(cloud.scope(), found?.id ?? "")).toHaveLength(2);
  });
});

describe("one clear error and nothing moved:", () => {
  const writes = () =>
    cloud
      .endpoint()
      .calls()
      .filter(({ action }) => !/^(Describe|Get)/.test(action));

  test.each<[string, RegExp, (b: Map<string, string>) => Promise<Partial<Promotion>>]>([
    [
      "an image that is not there",
      /eu-west-1: there is no image ami-00000000000000000/,
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
      /eu-west-1: the parameter \S+ is not an image's/,
      async () => {
        const ssm = await cloud.session("eu-west-1").ssm();
        await ssm.send(
          new PutParameterCommand({ Name: name, Value: "hunter2", Type: "String", Overwrite: true, DataType: "text" }),
        );
        return {};
      },
    ],
    [
      "a launch template that is not there",
      /there is no launch template nope/,
      async () => ({ launchTemplate: "nope" }),
    ],
    ["a label of a bad name", /"1st" is no label/, async () => ({ label: "1st" })],
    [
      "a label where no version names the image",
      /no version of \S+ names ami-\w+: publish it there first/,
      async () => ({ label: "prod" }),
    ],
  ])("%s", async (_, message, prepare) => {
    const [a, b] = [await images("a"), new Map(await images("b"))];
    await promote(a, order(), scopeOf);
    const more = await prepare(b);
    cloud.endpoint().forget();
    const error = await promote(b, order(more), scopeOf).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(message);
    expect(String(error)).not.toContain("hunter2");
    expect(writes()).toEqual([]);
  });

  test("labels at their limit", async () => {
    const [a, b] = [await images("a"), await images("b")];
    for (const each of [a, b]) await promote(each, order(), scopeOf);
    for (let index = 0; index < 10; index++) await labelParameter(cloud.scope("eu-west-1"), name, 2, `l${index}`);
    cloud.endpoint().forget();
    await expect(promote(b, order({ label: "prod" }), scopeOf)).rejects.toThrow(
      /eu-west-1: version 2 has 10 labels already/,
    );
    expect(writes()).toEqual([]);
  });
});

describe("a region that fails", () => {
  const DENIED = { do: "error", code: "AccessDeniedException", status: 400 } as const;

  test.each([
    ["the parameter", {}, "PutParameter"],
    ["the launch template", {}, "ModifyLaunchTemplate"],
    ["the label", { label: "prod" }, "LabelParameterVersion"],
  ])("at %s takes all regions back", async (_, more, action) => {
    const [a, b] = [await images("a"), await images("b")];
    await makeTemplates(a);
    for (const each of "label" in more ? [b, a] : [a]) await promote(each, order(), scopeOf);
    const all = { ...more, launchTemplate: templateName() };
    await promote(a, order(all), scopeOf);
    const before = [await values(), await values(":prod"), await launched()];
    cloud.endpoint().forget();
    cloud.endpoint().faults([{ action, region: "eu-west-1", ...DENIED }]);
    await expect(promote(b, order(all), scopeOf)).rejects.toThrow(
      /could not be moved in eu-west-1: .*all regions are back/,
    );
    cloud.endpoint().forget();
    expect([await values(), await values(":prod"), await launched()]).toEqual(before);
  });

  test("on the first promotion leaves no parameter", async () => {
    cloud.endpoint().faults([{ action: "PutParameter", region: "eu-west-1", ...DENIED }]);
    await expect(promote(await images("a"), order(), scopeOf)).rejects.toThrow(/all regions are back/);
    expect(await values()).toEqual([undefined, undefined]);
  });
});

describe("a rollback", () => {
  test("goes back to the image before, a second one further, and a rerun of one no further", async () => {
    const all = [await images("a"), await images("b"), await images("c")] as const;
    for (const each of all) await promote(each, order(), scopeOf);
    await rollback("run 2");
    expect(await values()).toEqual(list(all[1]));
    await rollback("run 2");
    expect(await values()).toEqual(list(all[1]));
    await rollback("run 3");
    expect(await values()).toEqual(list(all[0]));
    await expect(rollback("run 4")).rejects.toThrow(/no earlier image that all regions named/);
  });

  test("of a label goes back to the version that had it, once", async () => {
    const [a, b] = [await images("a"), await images("b")];
    for (const each of [a, b]) {
      await promote(each, order(), scopeOf);
      await promote(each, order({ label: "prod" }), scopeOf);
    }
    for (let times = 0; times < 2; times++) {
      await rollback("run 2", { label: "prod" });
      expect([await values(), await values(":prod")]).toEqual([list(b), list(a)]);
    }
  });

  test("of a parameter that is nowhere is an error", async () => {
    await expect(rollback()).rejects.toThrow(/there is no parameter .* in us-east-1, eu-west-1/);
  });
});

describe("killed at", () => {
  const SEQS = Array.from({ length: 26 }, (_, index) => index + 1);

  /** From the call `seq` on, which takes effect or not, nothing goes out any more: the process is dead. */
  async function killedAt(seq: number, when: "before" | "after", work: () => Promise<unknown>): Promise<void> {
    const dead = { do: "error", code: "AccessDeniedException", status: 400 } as const;
    cloud.endpoint().forget();
    cloud.endpoint().faults([{ seq, when, ...dead }, ...SEQS.map((each) => ({ seq: seq + each, ...dead }))]);
    await work().catch(() => undefined);
    cloud.endpoint().forget();
  }

  const kinds: [string, Partial<Promotion>][] = [
    ["the parameter and launch template", {}],
    ["the label and launch template", { label: "prod" }],
  ];
  const cases = kinds.flatMap(([what, more]) =>
    SEQS.flatMap((seq) => (["before", "after"] as const).map((when) => [seq, when, what, more] as const)),
  );

  test.each(cases)(
    "call %i (%s it) of %s, every region is at the old or the new image",
    async (seq, when, _, given) => {
      const [z, a, b] = [await images("z"), await images("a"), await images("b")];
      await makeTemplates(z);
      const more = { ...given, launchTemplate: templateName() };
      if (more.label) for (const each of [z, a, b]) await promote(each, order(), scopeOf);
      for (const each of [z, a]) await promote(each, order(more), scopeOf);
      const selector = more.label ? `:${more.label}` : "";
      await killedAt(seq, when, () => promote(b, order(more), scopeOf));
      for (const [index, value] of (await values(selector)).entries()) {
        expect([list(a)[index], list(b)[index]]).toContain(value);
      }
      const torn = new Set((await values(selector)).map((value, index) => value === list(b)[index])).size > 1;
      if (seq % 2 === 0) {
        await promote(b, order(more), scopeOf);
        expect([await values(selector), await launched()]).toEqual([list(b), list(b)]);
      } else if (torn) {
        await rollback("run 2", more);
        expect([await values(selector), await launched()]).toEqual([list(a), list(a)]);
      } else {
        await promote(a, order(more), scopeOf);
        expect([await values(selector), await launched()]).toEqual([list(a), list(a)]);
      }
    },
  );
});
