import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { beforeAll, expect, test } from "@jest/globals";
import { putImageParameter, readParameter } from "../../src/aws/parameter.js";
import { OWNER, TAG } from "../../src/core/ownership.js";
import { testCloud } from "../support/cloud.js";
import { temporaryFolder } from "../support/folder.js";
import { makeImage } from "../support/images.js";
import { runReally } from "./running.js";

const cloud = testCloud();
const folder = temporaryFolder("promotion");
const REGIONS = ["us-east-1", "eu-west-1"];
const HASH = "ab".repeat(32);
const ids: Record<string, Record<string, string>> = {};

async function command(...args: string[]) {
  return runReally(args, { cwd: folder(), env: { ...cloud.env(), AWS_REGION: "us-east-1" } });
}

const value = async (region: string, name = "/images/web/prod") =>
  (await readParameter(cloud.scope(region), name))?.value;

beforeAll(async () => {
  for (const name of ["web 1", "web 2"]) {
    ids[name] = {};
    for (const region of REGIONS) {
      const tags = name === "web 2" ? { [TAG.owner]: OWNER, [TAG.fingerprint]: HASH } : {};
      const id = await makeImage(cloud, name, region, tags);
      ids[name][region] = id;
      const mode =
        name === "web 1" ? ({ first: true, tags: {} } as const) : ({ first: false, dataType: undefined } as const);
      await putImageParameter(cloud.scope(region), "/images/web/latest", id, mode);
    }
  }
});

test("promotes ids, a fingerprint and a parameter, in every region that has them", async () => {
  const old = ids["web 1"] ?? {};
  const pairs = REGIONS.map((region) => `${region}:${old[region]}`).join(",");
  expect(await command("promote", "/images/web/prod", pairs)).toMatchObject({
    code: 0,
    err: "",
    out: expect.stringContaining(`us-east-1: /images/web/prod: nothing → ${old["us-east-1"]} (version 1)`),
  });
  expect((await command("promote", "/images/web/prod", `fingerprint:${HASH}`)).code).toBe(0);
  expect(await value("eu-west-1")).toBe(ids["web 2"]?.["eu-west-1"]);
  const { code, out } = await command("promote", "/images/web/prod", "/images/web/latest");
  expect([code, out]).toEqual([
    0,
    expect.stringContaining(`already set to ${ids["web 2"]?.["us-east-1"]} (version 2)`),
  ]);
});

test("rolls back, and shows who did what", async () => {
  expect((await command("rollback", "/images/web/prod")).code).toBe(0);
  for (const region of REGIONS) expect(await value(region)).toBe(ids["web 1"]?.[region]);
  const { code, out } = await command("history", "-regions=eu-west-1", "-most=2", "/images/web/prod");
  expect(code).toBe(0);
  const lines = out.split("\n");
  expect(lines).toHaveLength(3);
  expect(lines[1]).toMatch(new RegExp(`^eu-west-1  3 .*${ids["web 1"]?.["eu-west-1"]}  web 1 .*rollback by `));
  expect(lines[2]).toMatch(/^eu-west-1 {2}2 .*web 2 .*promote by /);
});

test.each([
  [["promote", "/images/web/prod"], /^Usage: bake-ami promote .*\n\nA parameter and an artifact are required$/],
  [["promote", "/images/web/prod", "web"], /Argument ARTIFACT is not an AMI ID, a parameter or a fingerprint: "web"/],
  [["promote", "-regions=nowhere", "/p", "ami-01234567"], /Flag "-regions" is not a valid Region name: "nowhere"/],
  [["promote", "-shared-with=1", "/p", "ami-01234567"], /Flag "-shared-with" is not a valid AWS account ID: "1"/],
  [["history", "/images/none"], /^Parameter "\/images\/none" does not exist$/],
])("%j is rejected", async (args, message) => {
  const { code, err } = await command(...args);
  expect([code, err]).toEqual([1, expect.stringMatching(message)]);
});

test.each([
  [
    ["promote", "-regions=us-east-1,us-west-2", "/p", "/images/web/latest"],
    /has no image in us-west-2\. Nothing was changed/,
  ],
  [["promote", "/images/web/prod:live", "/images/web/latest"], /Parameter name "\S+" has characters.*/],
  [["history", "/images/web/prod:live"], /Parameter name "\S+" has characters/],
  [["promote", "/p", `fingerprint:${"0".repeat(64)}`], /has no image in any Region\. Nothing was changed/],
  [["rollback", "/images/none"], /Parameter "\/images\/none" does not exist in any Region/],
])("%j is refused", async (args, message) => {
  await expect(command(...args)).rejects.toThrow(message);
  for (const region of REGIONS) expect(await value(region, "/p")).toBeUndefined();
});

test("leaves no Region at the old image if no Regions are set", async () => {
  const lonely = await makeImage(cloud, "lonely", "us-east-1", {
    [TAG.owner]: OWNER,
    [TAG.fingerprint]: "cd".repeat(32),
  });
  const before = [await value("us-east-1"), await value("eu-west-1")];
  const artifact = `fingerprint:${"cd".repeat(32)}`;
  await expect(command("promote", "/images/web/prod", artifact)).rejects.toThrow(
    'The artifact has no image in eu-west-1, where parameter "/images/web/prod" exists. Nothing was changed',
  );
  expect([await value("us-east-1"), await value("eu-west-1")]).toEqual(before);
  expect((await command("promote", "-regions=us-east-1", "/images/web/prod", artifact)).code).toBe(0);
  expect(await value("us-east-1")).toBe(lonely);
});

test("the history of a parameter that names no image does not print its values", async () => {
  const ssm = await cloud.session().ssm();
  await ssm.send(new PutParameterCommand({ Name: "/password", Value: "hunter2", Type: "String" }));
  const { out } = await command("history", "/password");
  expect(out).toContain("(no image)");
  expect(out).not.toContain("hunter2");
});
