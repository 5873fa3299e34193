import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { REGIONS as KNOWN } from "../../../src/local/endpoint/ec2/known-regions.js";
import type { Params } from "../../../src/local/endpoint/wire/query.js";
import { sandboxesAt } from "../../builders/amazon-ebs/machine/sandboxes-at.js";
import { temporaryFolder } from "../../support/folder.js";
import { CASE_NAMES, proofCases } from "./cases.js";
import { startOpenServer } from "./open-server.js";
import {
  bakeUnder,
  HOME,
  inRegion,
  isInTwo,
  optionalStatements,
  type Part,
  type ProofCase,
  partsOf,
  printedPolicy,
  usedParts,
  without,
} from "./proof.js";

const folder = temporaryFolder("policy-proof");
let server: Awaited<ReturnType<typeof startOpenServer>>;

beforeAll(async () => {
  server = await startOpenServer();
});
afterAll(() => server.stop());

/** Milliseconds. Many bakes are one test here. */
const LONG = 300_000;

/** Regions that a bake of these cases does not copy to. */
const REGIONS = KNOWN.map(({ name }) => name).filter((name) => name !== "eu-west-1" && !/^(cn|us-gov)-/.test(name));

/** Returns a case in the Region with a number. */
function caseNamed(name: string, number: number): ProofCase {
  const found = proofCases(folder(), server.port).get(name);
  if (!found) throw new Error(`there is no case ${name}`);
  return inRegion(found, REGIONS[number % REGIONS.length] ?? HOME);
}

const surroundings = () => ({ folder: folder(), sandboxes: sandboxesAt("127.0.0.1") });
const nameOf = ({ sid, action }: Part) => `${sid} ${action}`;
/** Checks before the launch are dry runs with the default security group, which a policy need not allow. */
const isDenial = ({ error, params }: { readonly error: string | undefined; readonly params: Params }) =>
  /^(UnauthorizedOperation|AccessDenied)/.test(error ?? "") && params.DryRun !== "true";

/** What a bake needs only after a failure, for a resource that is not visible yet, once in an account, or for what these cases lack. */
const AFTER_FAILURES = new RegExp(
  [
    "Read ec2:Describe(InstanceTypeOfferings|KeyPairs|SecurityGroups|Snapshots|Volumes)",
    "ReadForHints .*",
    "ReadForPreflight .*",
    "ReadConsole .*",
    "ChangeAndRemoveInstance ec2:DeleteVolume",
    "ChangeAndRemoveImages ec2:(CreateTags|DeleteSnapshot|DeregisterImage)",
    "OwnSessions ssm:ResumeSession",
    "ReadSessions ssm:DescribeSessions",
    "ReadAndRemoveTemporaryRole iam:GetRole",
    "CreateSpotRole iam:CreateServiceLinkedRole",
    // A parameter that exists already, an account without launch templates and groups, and a service that the local cloud does not have.
    "PublishParameters ssm:(AddTagsToResource|LabelParameterVersion)",
    "ReadUseOfImages (autoscaling:DescribeAutoScalingGroups|ec2:DescribeLaunchTemplate.*|imagebuilder:.*)",
    "DisableFastLaunch ec2:DisableFastLaunch",
  ].join("|"),
);

describe("the printed policy alone is enough, and every statement is used, for", () => {
  test.each(CASE_NAMES)(
    "%s",
    async (name) => {
      const proof = caseNamed(name, CASE_NAMES.indexOf(name));
      const statements = await printedPolicy(proof);
      const { code, err, out, calls } = await bakeUnder(proof, statements, surroundings());
      expect({ code, err, out: code === 0 ? "" : out }).toEqual({
        code: 0,
        err: expect.not.stringContaining("denied"),
        out: "",
      });
      expect(calls.filter(isDenial).map(({ action }) => action)).toEqual([]);
      const used = usedParts(statements, calls).map(nameOf);
      const unused = partsOf(statements).filter((part) => !used.includes(nameOf(part)) && !isInTwo(statements, part));
      expect(unused.map(nameOf).filter((part) => !AFTER_FAILURES.test(part))).toEqual([]);
    },
    LONG,
  );
});

/** Without this one, the calls of older releases of EC2 are made instead. */
const HAS_OTHERS = "ReadUseOfImages ec2:DescribeImageReferences";

/** Returns how a bake ends without one part of its policy. */
async function endWithout(name: string, part: Part, number: number): Promise<string> {
  const proof = caseNamed(name, number);
  const { code, out, err } = await bakeUnder(proof, without(await printedPolicy(proof), part), surroundings());
  const isNamed = `${out}${err}`.includes(part.action);
  return `${nameOf(part)}: ${code === 0 ? "bakes" : "fails"}, ${isNamed ? "names it" : "silent"}`;
}

describe("a bake without one action of its policy fails with the name of the action, or reports it, for", () => {
  test.each<[string, RegExp]>([
    ["first/first-example.json", /./],
    ["private-subnet/private-subnet.pkr.hcl", /Session|TemporaryRole/],
    ["copies with KMS keys", /Copy|^UseKeys |^GrantKeys |ChangeAndRemoveImages ec2:De/],
    ["a shared image", /CheckSharing|ec2:(Modify|Enable)/],
    ["parameters, packages and retention", /Publish|ReadUse|ReadSharing/],
    ["an instance profile and keys of EC2 Instance Connect", /SendKeys|InstanceRole|InstanceProfile/],
    ["a tested image", /DescribeInstanceStatus/],
  ])(
    "%s",
    async (name, shown) => {
      const proof = caseNamed(name, 0);
      const [statements, optional] = [await printedPolicy(proof), await optionalStatements(proof)];
      const { calls } = await bakeUnder(proof, statements, surroundings());
      const parts = usedParts(statements, calls).filter((part) => shown.test(nameOf(part)));
      expect(parts.length).toBeGreaterThan(0);
      const ends = await Promise.all(parts.map((part, index) => endWithout(name, part, index)));
      const silent = ends.filter((end) => end.endsWith("silent") && !end.startsWith(HAS_OTHERS));
      // A bake continues without an optional lookup. That is all that may be silent.
      expect(silent.filter((end) => !optional.includes(end.split(" ")[0] ?? ""))).toEqual([]);
    },
    LONG,
  );
});
