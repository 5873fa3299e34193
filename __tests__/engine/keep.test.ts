import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { describeOwnImages } from "../../src/aws/image.js";
import { removeTags } from "../../src/aws/tags.js";
import { TAG } from "../../src/core/ownership.js";
import { SOURCE } from "../builders/amazon-ebs/bake.js";
import { testCloud } from "../support/cloud.js";
import { temporaryFolder } from "../support/folder.js";
import { runReally } from "./running.js";

const cloud = testCloud();
const folder = temporaryFolder("keep");
const REGIONS = ["us-east-1", "eu-west-1"];

const builder = {
  type: "amazon-ebs",
  region: "us-east-1",
  ami_regions: ["eu-west-1"],
  instance_type: "t3.micro",
  communicator: "none",
  tags: { Amazon_AMI_Management_Identifier: "web" },
  ...SOURCE,
};

/** Bakes a template of one builder and perhaps a post-processor. */
async function bake(options: Readonly<Record<string, unknown>>, flags: readonly string[], postProcessor?: object) {
  const template = {
    builders: [{ ...builder, ...options }],
    ...(postProcessor ? { "post-processors": [postProcessor] } : {}),
  };
  writeFileSync(join(folder(), "web.json"), JSON.stringify(template));
  return runReally(["build", ...flags, "web.json"], {
    cwd: folder(),
    env: { ...cloud.env(), XDG_STATE_HOME: folder(), BAKE_AMI_SSH_SOURCE_CIDRS: "127.0.0.0/8" },
  });
}

const imagesIn = (region: string, name: string) =>
  describeOwnImages(cloud.scope(region), [{ Name: "name", Values: [name] }]);

test("a bake keeps the newest images of its own names, in its regions, and none of another's", async () => {
  const names = { ami_name: "web {{uuid}}" };
  await bake({ ami_name: "web extra {{uuid}}" }, []);
  for (let count = 0; count < 3; count++) expect((await bake(names, [])).code).toBe(0);
  const { code, out } = await bake(names, ["-keep=2"]);
  expect(code).toBe(0);
  expect(out).toContain("Removing older images: the newest 2 are kept");
  expect(out).toContain("4 of 8 images stay, 4 were removed");
  for (const region of REGIONS) {
    const left = await imagesIn(region, "web *");
    expect(left.filter(({ tags }) => tags[TAG.names] === "web *")).toHaveLength(2);
    expect(left.filter(({ tags }) => tags[TAG.names] === "web extra *")).toHaveLength(1);
  }
});

test("what cannot be determined is a warning, and the bake succeeds", async () => {
  const action = "DescribeParameters";
  const fault = { action, times: 99, do: "error", code: "AccessDeniedException", status: 400 } as const;
  cloud.endpoint().faults([fault]);
  const { code, out } = await bake({ ami_name: "web {{uuid}}" }, ["-keep=1"]);
  expect(code).toBe(0);
  expect(out).toMatch(/Could not determine what uses the images in (us-east|eu-west)-1\. No image was removed/);
  for (const region of REGIONS) expect(await imagesIn(region, "web *")).toHaveLength(4);
  cloud.endpoint().forget();
});

test("names with a version need no pattern: the series is the tag of the image", async () => {
  for (const version of ["1.0", "1.1", "2.0-rc1"]) await bake({ ami_name: `app-${version}` }, []);
  await bake({ ami_name: "app-2.0" }, ["-image=another"]);
  const { code, out } = await bake({ ami_name: "app-2.1" }, ["-keep=2"]);
  expect([code, out]).toEqual([0, expect.stringContaining("4 of 8 images stay, 4 were removed")]);
  expect(out).not.toContain("not counted");
  for (const region of REGIONS) {
    const names = (await imagesIn(region, "app-*")).map(({ name }) => name);
    expect(names.sort()).toEqual(["app-2.0", "app-2.0-rc1", "app-2.1"]);
  }
});

/** Removes the tag of the series, as if an earlier version had made the images. */
async function makeOld(name: string): Promise<void> {
  for (const region of REGIONS) {
    const ids = (await imagesIn(region, name)).map(({ id }) => id);
    await removeTags(cloud.scope(region), ids, [TAG.image]);
  }
}

test("images of earlier versions count with the new ones if they have the same name pattern, and are reported if not", async () => {
  for (let count = 0; count < 3; count++) await bake({ ami_name: "mixed-2 {{uuid}}" }, []);
  await bake({ ami_name: "mixed-1 {{uuid}}" }, []);
  await makeOld("mixed-*");
  await bake({ ami_name: "mixed-2 {{uuid}}" }, []);
  const { code, out } = await bake({ ami_name: "mixed-2 {{uuid}}" }, ["-keep=3"]);
  expect([code, out]).toEqual([0, expect.stringContaining("6 of 10 images stay, 4 were removed")]);
  expect(out).toMatch(
    /Warning: 1 image was not counted, because it has no tag "bake-ami:image" and another name pattern: mixed-1 \S+/,
  );
  expect(out).toMatch(/Hint: Set -keep-names to the names that count together, for example "mixed-1 /);
  const named = await bake({ ami_name: "mixed-2 {{uuid}}" }, ["-keep=1", "-keep-names=mixed-*"]);
  expect(named.out).toContain("2 of 10 images stay, 8 were removed");
  for (const region of REGIONS) expect(await imagesIn(region, "mixed-*")).toHaveLength(1);
});

test("amazon-ami-management counts the image of its own build, whoever made the others", async () => {
  const post = { type: "amazon-ami-management", identifier: "web", keep_releases: 1, regions: REGIONS };
  const dry = await bake({ ami_name: "last one" }, [], { ...post, dry_run: true });
  expect([dry.code, dry.out]).toEqual([0, expect.stringContaining("Would remove AMI")]);
  expect((await imagesIn("eu-west-1", "*")).length).toBeGreaterThan(3);
  const { code, out } = await bake({ ami_name: "very last one" }, [], post);
  expect([code, out]).toEqual([0, expect.stringContaining("Deregistered AMI")]);
  for (const region of REGIONS) {
    expect((await imagesIn(region, "*")).map(({ name }) => name)).toEqual(["very last one"]);
  }
});

test.each([
  [{ keep_releases: 1, regions: REGIONS }, 'Either "identifier" or "tags" is required'],
  [{ identifier: "a", tags: { b: "c" }, keep_days: 1, regions: REGIONS }, "cannot both be set"],
  [{ identifier: "a", regions: REGIONS }, 'Either "keep_releases" or "keep_days" is required'],
  [{ identifier: "a", keep_releases: 1, keep_days: 1, regions: REGIONS }, "cannot both be set"],
  [{ identifier: "a", keep_releases: 0, regions: REGIONS }, '"keep_releases" must be at least 1, not 0'],
  [{ identifier: "a", keep_releases: 1 }, "regions"],
])("amazon-ami-management with %j is refused before anything is launched", async (options, message) => {
  cloud.endpoint().forget();
  const { code, out, err } = await bake({ ami_name: "none" }, [], { type: "amazon-ami-management", ...options });
  expect([code, `${out}${err}`]).toEqual([1, expect.stringContaining(message)]);
  expect(cloud.endpoint().calls()).toEqual([]);
});
