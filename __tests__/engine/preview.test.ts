import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { deregisterImage, describeOwnImages, type FoundImage } from "../../src/aws/image.js";
import { putImageParameter } from "../../src/aws/parameter.js";
import { removeTags, setTags } from "../../src/aws/tags.js";
import { leaseUntil } from "../../src/core/lease.js";
import { TAG } from "../../src/core/ownership.js";
import { SOURCE } from "../builders/amazon-ebs/bake.js";
import { testCloud } from "../support/cloud.js";
import { temporaryFolder } from "../support/folder.js";
import { makeImage } from "../support/images.js";
import { runReally } from "./running.js";

const cloud = testCloud();
const folder = temporaryFolder("preview");
const PARAMETER = "/images/web/latest";
const FLAGS = ["-skip-unchanged", "-ssm-parameter=/images/{image}/latest"];

type Options = Readonly<Record<string, unknown>>;

const builder = {
  type: "amazon-ebs",
  region: "us-east-1",
  ami_regions: ["eu-west-1"],
  instance_type: "{{user `type`}}",
  communicator: "none",
  ami_name: "web {{uuid}}",
  user_data_file: "user-data.sh",
  tags: { App: "web", Baked: "{{uuid}}" },
  ...SOURCE,
};

const VARIABLES = { type: "t3.micro", token: "" };

/** Writes the template with other options. */
function write(options: Options = {}): void {
  const template = { variables: VARIABLES, "sensitive-variables": ["token"], builders: [{ ...builder, ...options }] };
  writeFileSync(join(folder(), "web.json"), JSON.stringify(template));
}

const env = () => ({ ...cloud.env(), XDG_STATE_HOME: folder(), BAKE_AMI_SSH_SOURCE_CIDRS: "127.0.0.0/8" });

/** Returns the environment of a job of a fork. */
function withoutKeys(): Record<string, string> {
  return Object.fromEntries(Object.entries(env()).filter(([name]) => !name.includes("KEY")));
}

async function bake(...flags: string[]): Promise<void> {
  const { code, err } = await runReally(["build", ...FLAGS, ...flags, "web.json"], { cwd: folder(), env: env() });
  expect({ code, err }).toEqual({ code: 0, err: "" });
}

/** Plans, and checks that the plan only reads. Returns the exit code, the document and its only build. */
async function plan(
  flags: readonly string[] = FLAGS,
  more: { readonly env?: Record<string, string>; path?: string } = {},
) {
  const before = cloud.endpoint().calls().length;
  const args = ["plan", "-json", "-detailed-exitcode", ...flags, more.path ?? "web.json"];
  const { code, out, err } = await runReally(args, { cwd: folder(), env: more.env ?? env() });
  const calls = cloud.endpoint().calls().slice(before);
  expect(calls.filter(({ action }) => !/^(Describe|Get|List|Head)/.test(action))).toEqual([]);
  const document = JSON.parse(out);
  return { code, err, calls, document, build: document.builds[0] };
}

async function imageIn(region: string): Promise<FoundImage> {
  const images = await describeOwnImages(cloud.scope(region), [{ Name: "tag-key", Values: [TAG.image] }]);
  const [image] = images.filter(({ name }) => name.startsWith("web "));
  if (!image) throw new Error(`no image in ${region}`);
  return image;
}

/** The image of the first bake, by Region. */
let home: FoundImage;
let copy: FoundImage;

beforeAll(async () => {
  writeFileSync(join(folder(), "user-data.sh"), "#!/bin/sh\n");
  write();
  const { code, build, document } = await plan();
  expect([code, document.account, document.changes]).toEqual([2, "123456789012", true]);
  expect(build).toMatchObject({
    decision: "bake",
    reason: "no earlier image of this build exists",
    image_name: "web *",
    existing_ami: null,
    known_later: ["the name of the AMI contains a time or a random value"],
    not_looked_up: [],
    problems: [],
    regions: [
      { region: "us-east-1", ami: "create", parameter: { name: PARAMETER, from: null, from_known: true, to: null } },
      { region: "eu-west-1", ami: "copy", parameter: { name: PARAMETER, from: null, from_known: true, to: null } },
    ],
  });
  await bake();
  [home, copy] = [await imageIn("us-east-1"), await imageIn("eu-west-1")];
}, 120_000);

test("an unchanged image is reused, and there is nothing to do", async () => {
  const { code, document, build } = await plan();
  expect([code, document.changes, build.decision, build.existing_ami]).toEqual([0, false, "reuse", home.id]);
  expect(build.reason).toBe(`unchanged since ${home.createdAt} (${home.id})`);
  const parameterOf = ({ id }: FoundImage) => ({ name: PARAMETER, from: id, from_known: true, to: id });
  expect(build.regions).toEqual([
    { region: "us-east-1", ami: "present", parameter: parameterOf(home), replaces: [], removes: [], disables: [] },
    { region: "eu-west-1", ami: "present", parameter: parameterOf(copy), replaces: [], removes: [], disables: [] },
  ]);
});

describe("a plan says what differs:", () => {
  test.each<[string, readonly string[], () => void, Options, number]>([
    [
      "without skip-unchanged",
      FLAGS.slice(1),
      write,
      { decision: "bake", reason: expect.stringMatching(/^unchanged since .*, but "skip-unchanged" is not set$/) },
      2,
    ],
    [
      "an option",
      FLAGS,
      () => write({ instance_type: "t3.large" }),
      { decision: "bake", changes: [{ what: "option instance_type", from: null, to: null }] },
      2,
    ],
    [
      "a name with another version, compared with the image of the parameter",
      FLAGS,
      () => write({ ami_name: "web two {{uuid}}" }),
      { decision: "bake", reason: expect.stringMatching(/^changed since ami-\w+, which the parameter names: /) },
      2,
    ],
    [
      "the value of a tag of an image that is reused",
      FLAGS,
      () => write({ tags: { App: "other", Baked: "{{uuid}}" } }),
      { decision: "reuse", changes: [{ what: "tag App", from: "web", to: "other" }] },
      2,
    ],
    [
      "sharing and protection that an image that is reused does not have, in each Region",
      FLAGS,
      () => write({ ami_users: ["111122223333"], deregistration_protection: { enabled: true } }),
      {
        decision: "reuse",
        changes: [
          { what: "deregistration protection", from: null, to: "without-cooldown" },
          { what: "launch permissions", from: null, to: null },
        ],
      },
      2,
    ],
    [
      "an image that is too old",
      [...FLAGS, "-max-age=0s"],
      write,
      { decision: "bake", reason: expect.stringMatching(/is unchanged, but older than/) },
      2,
    ],
    [
      "no image at all",
      FLAGS,
      () => write({ skip_create_ami: true }),
      { decision: "bake", regions: [], image_name: null },
      2,
    ],
  ])("%s", async (_, flags, change, expected, exit) => {
    change();
    const { code, build } = await plan(flags);
    write();
    expect(build).toMatchObject(expected);
    expect(code).toBe(exit);
  });

  test("a variable with its new value unless it is sensitive, and the source AMI with its name", async () => {
    await setTags(cloud.scope(), [home.id], { [TAG.source]: "ami-0123456789abcdef0" });
    const { build } = await plan([...FLAGS, "-var=type=t3.large", "-var=token=hunter2"]);
    await setTags(cloud.scope(), [home.id], { [TAG.source]: home.tags[TAG.source] ?? "" });
    const { id, name } = build.source_ami;
    expect(build.changes).toEqual([
      { what: "source AMI", from: "ami-0123456789abcdef0", to: `${id} (${name})` },
      { what: "variable type", from: null, to: "t3.large" },
      { what: "option instance_type", from: null, to: null },
    ]);
    expect(JSON.stringify(build)).not.toContain("hunter2");
  });
});

test("a name in use is an error without force; with it the old images would be replaced", async () => {
  const ids = [await makeImage(cloud, "fixed"), await makeImage(cloud, "fixed", "eu-west-1")];
  write({ ami_name: "fixed" });
  const refused = await plan();
  const forced = await plan([...FLAGS, "-force"]);
  write();
  expect([refused.code, refused.build.problems[0].code, refused.build.problems[0].severity]).toEqual([
    1,
    "ami-name-taken",
    "error",
  ]);
  expect(refused.err).toContain('AMI name "fixed" is already in use in us-east-1');
  expect(forced.build.regions.map(({ replaces }: { replaces: string[] }) => replaces)).toEqual(ids.map((id) => [id]));
  expect(forced.build).toMatchObject({ image_name: "fixed", known_later: [] });
});

test("a parameter that names an image of another series is an error", async () => {
  const { code, build } = await plan(["-skip-unchanged", "-image=db", `-ssm-parameter=${PARAMETER}`]);
  expect([code, build.problems[0].code]).toEqual([1, "parameter-of-another-image"]);
});

describe("what cannot be read is listed, and is no error:", () => {
  test("everything, without credentials", async () => {
    const { code, build, document } = await plan(FLAGS, { env: withoutKeys() });
    expect([code, document.account, build.decision, build.image_name]).toEqual([2, null, "unknown", "web *"]);
    expect(build.not_looked_up).toEqual([
      expect.stringMatching(
        /^The account, .* and the parameters in us-east-1 and eu-west-1 could not be read: No AWS cred/,
      ),
    ]);
    expect(build.regions[0].parameter).toEqual({ name: PARAMETER, from: null, from_known: false, to: null });
  });

  test.each<[string, string, string | undefined, Options]>([
    ["the images", "DescribeImages", undefined, { decision: "unknown", reason: "the source AMI is not known" }],
    ["the parameters", "GetParameter", undefined, { decision: "reuse" }],
    [
      "the copies in one Region",
      "DescribeImages",
      "eu-west-1",
      { decision: "reuse", existing_ami: expect.any(String) },
    ],
    ["the identity", "GetCallerIdentity", undefined, { decision: "reuse" }],
  ])("%s that AWS denies", async (_, action, region, expected) => {
    const denial = { do: "error", code: "AccessDenied", message: "no", status: 403, times: 99 } as const;
    cloud.endpoint().faults([{ ...denial, action, region }]);
    const { code, build } = await plan();
    cloud.endpoint().faults([]);
    expect(build).toMatchObject(expected);
    expect(build.not_looked_up[0]).toMatch(/could not be read: AWS (denied|rejected)/);
    expect(code).not.toBe(1);
  });

  test("a data source, of which one of two builds depends", async () => {
    writeFileSync(
      join(folder(), "two.pkr.hcl"),
      `data "amazon-parameterstore" "base" {
  region = "us-east-1"
  name   = "/base"
}
source "null" "a" {
  communicator = "none"
}
source "amazon-ebs" "b" {
  region        = "us-east-1"
  instance_type = "t3.micro"
  communicator  = "none"
  ami_name      = "web"
  source_ami    = data.amazon-parameterstore.base.value
}
build {
  sources = ["null.a", "amazon-ebs.b"]
}
`,
    );
    const { code, document } = await plan([], { env: withoutKeys(), path: "two.pkr.hcl" });
    expect(document.problems).toEqual([]);
    const [none, ebs] = document.builds;
    expect([code, none.decision, none.reason]).toEqual([2, "bake", "builds of null always run"]);
    expect(ebs).toMatchObject({
      decision: "unknown",
      not_looked_up: ['Data source "amazon-parameterstore" was not read: No AWS credentials were found'],
    });
  });
});

describe("images of other runs:", () => {
  test("one that an interrupted run left is resumed, one of a live run is waited for", async () => {
    const now = cloud.session().serverNow();
    await setTags(cloud.scope(), [home.id], { [TAG.unfinished]: "copy:eu-west-1", [TAG.run]: "4711" });
    const resumed = await plan();
    expect(resumed.build).toMatchObject({ decision: "resume", existing_ami: home.id });
    expect(resumed.build.reason).toMatch(new RegExp(`^${home.id}, left unfinished by run 4711`));
    await setTags(cloud.scope(), [home.id], { [TAG.lease]: leaseUntil(now) });
    const waiting = await plan();
    expect(waiting.build).toMatchObject({
      decision: "wait",
      reason: `run 4711 is baking the same inputs (${home.id})`,
    });
    await removeTags(cloud.scope(), [home.id], [TAG.unfinished, TAG.lease]);
  });

  test("one with forged tags is not reused", async () => {
    const { [TAG.owner]: _, ...forged } = home.tags;
    const id = await makeImage(cloud, "web forged", "us-east-1", forged);
    const { build } = await plan();
    expect(build).toMatchObject({ decision: "reuse", existing_ami: home.id });
    await deregisterImage(cloud.scope(), id, []);
  });

  test("a copy that is missing is copied, and its parameter is set", async () => {
    await deregisterImage(cloud.scope("eu-west-1"), copy.id, copy.snapshotIds);
    const { code, build } = await plan();
    expect([code, build.decision]).toEqual([2, "reuse"]);
    expect(build.regions[1]).toMatchObject({ ami: "copy", parameter: { from: copy.id, to: null } });
  });

  test("older ones that are not in use are removed by retention", async () => {
    for (const region of ["us-east-1", "eu-west-1"]) {
      const other = await makeImage(cloud, "other", region);
      await putImageParameter(cloud.scope(region), PARAMETER, other, { first: false, dataType: undefined });
    }
    const bakes = await plan(["-keep=1"]);
    const reuses = await plan(["-skip-unchanged", "-keep=1"]);
    const disables = await plan(["-keep=1", "-disable-first=7d"]);
    expect(disables.build.regions[0]).toMatchObject({ removes: [], disables: [home.id] });
    expect(bakes.build.regions.map(({ removes }: { removes: string[] }) => removes)).toEqual([[home.id], []]);
    expect(reuses.build.regions.map(({ removes }: { removes: string[] }) => removes)).toEqual([[], []]);
  });
});
