import { beforeAll, expect, test } from "@jest/globals";
import { readPromoteInputs } from "../../src/action/inputs/account.js";
import { PROMOTE } from "../../src/action/promote.js";
import { readParameter } from "../../src/aws/parameter.js";
import { setTags } from "../../src/aws/tags.js";
import { OWNER, TAG } from "../../src/core/ownership.js";
import { testCloud } from "../support/cloud.js";
import { temporaryFolder } from "../support/folder.js";
import { makeImage } from "../support/images.js";
import { inputsEnvironment, runOnRunner } from "./runner.js";

const cloud = testCloud();
const folder = temporaryFolder("promote-step");
const REGIONS = ["us-east-1", "eu-west-1"];
const images: Record<string, Record<string, string>> = { old: {}, new: {} };

/** Runs the step by the runner's contract; answers what it wrote for the runner. */
async function step(inputs: Readonly<Record<string, string>>) {
  const given = { ...cloud.env(), AWS_REGION: "us-east-1", GITHUB_RUN_ID: "77", ...inputsEnvironment(inputs) };
  const read = readPromoteInputs(given);
  if (!read.ok) throw new Error(read.complaints.map((each) => each.summary).join("; "));
  const { code, outputs, files, log } = await runOnRunner(PROMOTE, folder(), given);
  return { code, outputs, log, summary: files.summary };
}

const named = async (region: string) => (await readParameter(cloud.scope(region), "/images/web/prod"))?.value;

beforeAll(async () => {
  for (const region of REGIONS) {
    for (const name of ["old", "new"])
      images[name] = { ...images[name], [region]: await makeImage(cloud, name, region) };
  }
});

test("promotes what a bake's output names, reports before and after, and rolls back", async () => {
  const parameter = "/images/web/prod";
  const first = await step({ parameter, artifact: JSON.stringify(images.old) });
  expect(first.code).toBe(0);
  expect(first.outputs).toMatchObject({ "ami-ids": JSON.stringify(images.old), previous: "{}", changed: "true" });

  const artifact = REGIONS.map((region) => `${region}:${images.new?.[region]}`).join(",");
  const second = await step({ parameter, artifact });
  expect(JSON.parse(second.outputs.previous ?? "")).toEqual(images.old);
  expect(second.summary).toContain("## ✅ Promoted `/images/web/prod`");
  expect(second.summary).toContain(`<samp>${images.old?.["eu-west-1"]}</samp>`);
  for (const region of REGIONS) expect(await named(region)).toBe(images.new?.[region]);

  expect((await step({ parameter, artifact })).outputs.changed).toBe("false");

  const back = await step({ parameter, rollback: "true" });
  expect(JSON.parse(back.outputs["ami-ids"] ?? "")).toEqual(images.old);
  expect(back.summary).toContain("## ✅ Rolled back");
  for (const region of REGIONS) {
    const row = back.summary.split("\n").find((line) => line.startsWith(`<tr><td nowrap><samp>${region}<`));
    const [, , before, now, version] = row?.split("<td") ?? [];
    expect([before, now]).toEqual(
      [images.new?.[region], images.old?.[region]].map((id) => expect.stringContaining(`<samp>${id}</samp>`)),
    );
    expect(version?.replaceAll(/<[^>]*>|^[^>]*>/g, "")).toBe("2 → 3");
    expect(back.summary).toMatch(
      /^Previous version: \d{4}-\d\d-\d\d \d\d&#58;\d\d UTC, promote by run 77 of acme\/images &#40;local&#41;$/m,
    );
  }
  for (const region of REGIONS) expect(await named(region)).toBe(images.old?.[region]);
});

test("with require-tested names what is missing, and a rollback reports the images that it skips", async () => {
  const parameter = "/images/web/tested";
  const all = await Promise.all(
    ["first", "second", "third"].map(async (name) => ({ "us-east-1": await makeImage(cloud, name) })),
  );
  const promoted = (image: object | undefined, more = {}) =>
    step({ parameter, regions: "us-east-1", artifact: JSON.stringify(image), ...more });
  const refused = await promoted(all[0], { "require-tested": "true" });
  expect([refused.code, refused.outputs.changed]).toEqual([1, "false"]);
  expect(refused.log).toMatch(/::error::.*us-east-1: ami-\w+ has no tag "bake-ami:tested"/);
  await setTags(cloud.scope(), [all[0]?.["us-east-1"] ?? ""], { [TAG.owner]: OWNER, [TAG.tested]: "abc" });
  expect((await promoted(all[0], { "require-tested": "true" })).code).toBe(0);
  for (const image of all.slice(1)) await promoted(image);
  await setTags(cloud.scope(), [all[1]?.["us-east-1"] ?? ""], { [TAG.testFailed]: "abc" });
  const back = await step({ parameter, regions: "us-east-1", rollback: "true", "require-tested": "true" });
  expect(back.log).toMatch(/::warning::Input "require-tested" has no effect with "rollback"/);
  expect(back.log).toMatch(/^us-east-1: skipped ami-\w+ \(second\): its tests failed$/m);
  expect(back.summary).toContain("Skipped, because the tests failed: `second`");
  expect(JSON.parse(back.outputs["ami-ids"] ?? "")).toEqual(all[0]);
});

test.each<[Readonly<Record<string, string>>, RegExp]>([
  [{}, /Input "parameter" is required; Input "artifact" is required/],
  [{ parameter: "/p", artifact: "web" }, /Input "artifact" is not an AMI ID, a parameter or a fingerprint: "web"/],
  [{ parameter: "/p", artifact: "ami-01234567", rollback: "true" }, /Input "artifact" cannot be used with "rollback"/],
  [
    { parameter: "/p", rollback: "true", "shared-with": "12" },
    /Input "shared-with" is not a valid AWS account ID: "12"/,
  ],
  [{ parameter: "/p", rollback: "true", regions: "mars" }, /Input "regions" is not a valid Region name: "mars"/],
])("%j is rejected", async (inputs, message) => {
  await expect(step(inputs)).rejects.toThrow(message);
});
