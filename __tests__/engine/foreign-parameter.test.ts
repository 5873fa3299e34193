import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { BAKE } from "../../src/action/bake.js";
import { describeOwnImages } from "../../src/aws/image.js";
import { putTextParameter, readParameter } from "../../src/aws/parameter.js";
import { removeTags } from "../../src/aws/tags.js";
import { TAG } from "../../src/core/ownership.js";
import { inputsEnvironment, runOnRunner } from "../action/runner.js";
import { SOURCE } from "../builders/amazon-ebs/bake.js";
import { testCloud } from "../support/cloud.js";
import { temporaryFolder } from "../support/folder.js";
import { makeImage } from "../support/images.js";
import { runReally } from "./running.js";

const cloud = testCloud();
const folder = temporaryFolder("foreign-parameter");

const TEMPLATES = ["web/packer.json", "db/packer.json", "images/web.json"];

beforeAll(() => {
  for (const path of TEMPLATES) {
    mkdirSync(join(folder(), path, ".."), { recursive: true });
    const name = path.replace(/\W/g, "-");
    const builder = {
      ...{ type: "amazon-ebs", region: "us-east-1", instance_type: "t3.micro", communicator: "none" },
      ...{ ami_name: `{{user \`name\`}} {{timestamp}} {{uuid}}`, ami_regions: ["eu-west-1"], ...SOURCE },
    };
    writeFileSync(join(folder(), path), JSON.stringify({ variables: { name }, builders: [builder] }));
  }
});

/** Bakes on the command line. Returns the output and how many instances were launched. */
async function bake(template: string, ...flags: readonly string[]) {
  cloud.endpoint().forget();
  const ran = await runReally(["build", "-region=us-east-1", ...flags, template], {
    cwd: folder(),
    env: { ...cloud.env(), XDG_STATE_HOME: folder(), BAKE_AMI_SSH_SOURCE_CIDRS: "127.0.0.0/8" },
  });
  const launched = cloud
    .endpoint()
    .calls()
    .filter(({ action, params }) => action === "RunInstances" && params.DryRun !== "true").length;
  return { ...ran, launched };
}

const named = async (name: string, region = "us-east-1") =>
  (await readParameter(cloud.scope(region), name))?.value ?? "";

async function imageOf(id: string) {
  const [image] = await describeOwnImages(cloud.scope(), [{ Name: "image-id", Values: [id] }]);
  return image;
}

describe("a parameter that names an AMI of another image", () => {
  test("is not overwritten: the bake stops before launch and names both, until overwrite-parameter is set", async () => {
    const parameter = "-ssm-parameter=/fixed/latest";
    expect((await bake("web/packer.json", parameter)).code).toBe(0);
    const before = await named("/fixed/latest");
    expect((await imageOf(before))?.tags[TAG.image]).toBe("web");

    const refused = await bake("db/packer.json", parameter);
    expect([refused.code, refused.launched]).toEqual([1, 0]);
    expect(refused.out).toMatch(
      /Parameter "\/fixed\/latest" in us-east-1 names ami-\w+ \(web-packer-json .*\), an AMI of the image "web", not of the image "db"\. It is the same in eu-west-1$/m,
    );
    expect(refused.out).toMatch(/Hint: .*set -image or -ssm-parameter.*set -overwrite-parameter for one run/);
    expect(await named("/fixed/latest")).toBe(before);

    const forced = await bake("db/packer.json", parameter, "-overwrite-parameter");
    expect([forced.code, forced.launched]).toEqual([0, 1]);
    expect((await imageOf(await named("/fixed/latest")))?.tags[TAG.image]).toBe("db");
    // The next bakes of this image need no flag.
    expect((await bake("db/packer.json", parameter)).code).toBe(0);
    expect((await bake("web/packer.json", parameter)).code).toBe(1);
  });

  test("is not overwritten by a bake that reuses its image, and needs no launch", async () => {
    const parameter = "-ssm-parameter=/reused/latest";
    expect((await bake("web/packer.json", "-skip-unchanged", parameter)).code).toBe(0);
    expect((await bake("db/packer.json", "-skip-unchanged", "-ssm-parameter=/reused/db")).code).toBe(0);
    const refused = await bake("db/packer.json", "-skip-unchanged", parameter);
    expect([refused.code, refused.launched]).toEqual([1, 0]);
    expect(refused.out).toContain('an AMI of the image "web", not of the image "db"');
  });

  test("is overwritten if the AMI is no image of bake-ami, or of an earlier version with the same names", async () => {
    const foreign = await makeImage(cloud, "made by another tool", "us-east-1");
    const parameter = "-ssm-parameter=/moved/latest";
    await putTextParameter(cloud.scope(), "/moved/latest", foreign, "");
    expect((await bake("web/packer.json", parameter)).code).toBe(0);
    await removeTags(cloud.scope(), [await named("/moved/latest")], [TAG.image]);
    expect((await bake("web/packer.json", parameter)).code).toBe(0);
    await removeTags(cloud.scope(), [await named("/moved/latest")], [TAG.image]);
    const refused = await bake("db/packer.json", parameter);
    expect([refused.code, refused.launched]).toEqual([1, 0]);
    expect(refused.out).toContain('with names like "web-packer-json *", not with names like "db-packer-json *"');
  });

  test("is reported by the action with its inputs", async () => {
    const { code, log } = await runOnRunner(BAKE, folder(), {
      ...cloud.env(),
      ...inputsEnvironment({
        template: "images/web.json",
        "aws-region": "us-east-1",
        "ssm-parameter": "/fixed/latest",
      }),
    });
    expect(code).toBe(1);
    expect(log).toMatch(/::error.*names ami-\w+ .*an AMI of the image "db"/);
    expect(log).toContain('set the input "image" or the input "ssm-parameter"');
    expect(log).toContain('set the input "overwrite-parameter" for one run');
  });
});

describe("templates of one file name in different directories", () => {
  test("write parameters of their own", async () => {
    const pattern = "-ssm-parameter=/own/{image}/latest";
    for (const path of ["web/packer.json", "db/packer.json"]) {
      // "web" is also the default name of another template here.
      const name = path.startsWith("web") ? ["-image=web"] : [];
      expect((await bake(path, pattern, ...name)).code).toBe(0);
    }
    const [web, db] = [await named("/own/web/latest"), await named("/own/db/latest")];
    expect([(await imageOf(web))?.name, (await imageOf(db))?.name]).toEqual([
      expect.stringMatching(/^web-packer-json/),
      expect.stringMatching(/^db-packer-json/),
    ]);
  });

  test("with one default name are an error before anything is called", async () => {
    const { code, err, out } = await bake("web/packer.json", "-ssm-parameter=/same/{image}");
    expect([code, cloud.endpoint().calls()]).toEqual([1, []]);
    expect(`${out}${err}`).toMatch(
      /The templates "web\/packer.json" and "images\/web.json" have the same image name "web"[\s\S]*Set -image/,
    );
    expect((await bake("web/packer.json", "-ssm-parameter=/same/fixed")).code).toBe(0);
  });
});

test("a parameter of the former default name that still exists is reported once", async () => {
  const pattern = "-ssm-parameter=/former/{image}";
  await bake("db/packer.json", pattern, "-image=packer");
  const first = await bake("db/packer.json", pattern);
  expect(first.code).toBe(0);
  expect(first.out).toMatch(
    /Parameter "\/former\/packer" in \S+ is no longer written: the default image name of this template is now "db", before it was "packer"[\s\S]*Set -image to "packer" to keep the old parameter, or read "\/former\/db"/,
  );
  expect((await bake("db/packer.json", pattern)).out).not.toContain("no longer written");
});
