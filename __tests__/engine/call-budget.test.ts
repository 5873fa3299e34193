import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { SOURCE } from "../builders/amazon-ebs/bake.js";
import { testCloud } from "../support/cloud.js";
import { temporaryFolder } from "../support/folder.js";
import { runReally } from "./running.js";

const cloud = testCloud({ scale: 0 });
const folder = temporaryFolder("call-budget");

const EIGHT = [
  "us-east-1",
  "us-west-1",
  "us-west-2",
  "ap-southeast-1",
  "ap-southeast-2",
  "ap-northeast-1",
  "sa-east-1",
  "eu-west-1",
];

/** Bakes without provisioners, where everything is done as soon as it is asked for; answers the calls by service. */
async function callsOf(name: string, regions: readonly string[], more: object = {}, flags: readonly string[] = []) {
  cloud.endpoint().forget();
  const builder = {
    type: "amazon-ebs",
    region: "us-east-1",
    ami_regions: regions,
    instance_type: "t3.micro",
    communicator: "none",
    ami_name: `${name} {{uuid}}`,
    tags: { App: "web" },
    ...SOURCE,
    ...more,
  };
  writeFileSync(join(folder(), "web.json"), JSON.stringify({ builders: [builder] }));
  const { code, err } = await runReally(["build", ...flags, `-ssm-parameter=/budget/${name}/{image}`, "web.json"], {
    cwd: folder(),
    env: { ...cloud.env(), XDG_STATE_HOME: folder(), BAKE_AMI_SSH_SOURCE_CIDRS: "127.0.0.0/8" },
  });
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const calls = cloud.endpoint().calls();
  const of = (service: string) => calls.filter((call) => call.service === service).map(({ action }) => action);
  return { ec2: of("ec2"), ssm: of("ssm"), calls };
}

beforeEach(() => rmSync(join(folder(), "web.json"), { force: true }));

describe("the calls of a bake", () => {
  /** The ingress rule, and the look whether the instance has ended: what a bake with a connection asks beside. */
  const WITH_A_MACHINE = 2;
  /** The dry runs: of the launch and the security group in the build Region, and of the copy in each of the others. */
  const preflightOf = (regions: readonly string[]) => 2 + regions.length - 1;

  test("with one copy", async () => {
    const { ec2, ssm } = await callsOf("one", ["eu-west-1"]);
    expect(ec2.length).toBeLessThanOrEqual(27 - WITH_A_MACHINE + preflightOf(["us-east-1", "eu-west-1"]));
    // One read before the launch: does the parameter name an AMI of another image?
    const [read, put] = ["GetParameter", "PutParameter"];
    expect(ssm).toEqual([read, read, put, put, read, read]);
  });

  test("in eight regions", async () => {
    const { ec2, ssm } = await callsOf("eight", EIGHT);
    expect(ec2.length).toBeLessThanOrEqual(45 - WITH_A_MACHINE + preflightOf(EIGHT));
    expect(ssm).toHaveLength(3 * EIGHT.length);
  });

  test("in eight regions whose parameters exist: one read before the launch and one before each put", async () => {
    const first = await callsOf("again", EIGHT);
    const { ec2, ssm } = await callsOf("again", EIGHT);
    expect(ssm).toHaveLength(4 * EIGHT.length);
    // The AMI that each parameter names is described before the launch, and again here, because it was made a moment ago.
    expect(ec2.length).toBeLessThanOrEqual(first.ec2.length + 2 * EIGHT.length);
  });
});

/** The promise for a night without a change: at most ten calls to EC2 at home, elsewhere one look, and nothing that changes anything. */
describe("the calls of a scheduled run without changes in eight regions", () => {
  const nights = async (name: string, more: object, flags: readonly string[] = []) => {
    await callsOf(name, EIGHT, more);
    const { calls, ssm } = await callsOf(name, EIGHT, more, ["-skip-unchanged", ...flags]);
    const ec2 = calls.filter(({ service }) => service === "ec2");
    const actionsIn = (region: string) => ec2.filter((call) => call.region === region).map(({ action }) => action);
    expect(calls.filter(({ action }) => !/^(Describe|Get)/.test(action))).toEqual([]);
    expect(ssm).toHaveLength(EIGHT.length);
    return { home: actionsIn("us-east-1"), elsewhere: EIGHT.slice(1).map((region) => actionsIn(region).toSorted()) };
  };

  const LOOK = ["DescribeImages"];
  const SHARES = ["DescribeImageAttribute", "DescribeImages", "DescribeSnapshotAttribute"];
  const accounts = ["210987654321", "123456789098", "111122223333"];
  test.each<[string, object, readonly string[]]>([
    ["plain", {}, LOOK],
    ["public", { ami_groups: ["all"] }, LOOK],
    ["shared", { ami_users: accounts, snapshot_users: accounts }, SHARES],
  ])("%s: one read a region, and one for whom each image and snapshot is shared with", async (name, more, looks) => {
    const { home, elsewhere } = await nights(name, more);
    expect(home.toSorted()).toEqual([...looks, "DescribeImages"].toSorted());
    expect(home.length).toBeLessThanOrEqual(10);
    for (const actions of elsewhere) expect(actions).toEqual(looks);
  });

  test("with keep: two more reads a region while no image is old enough to be removed", async () => {
    const { home, elsewhere } = await nights("kept", {}, ["-keep=5"]);
    expect(home.toSorted()).toEqual([...LOOK, ...LOOK, ...LOOK, "DescribeSnapshots"]);
    for (const actions of elsewhere) expect(actions).toEqual([...LOOK, ...LOOK, "DescribeSnapshots"]);
  });
});
