import { describe, expect, test } from "@jest/globals";
import { releasePermissions, sweepPermissions } from "../../src/cleanup/permissions.js";
import type { PermissionScope, PermissionStatement } from "../../src/core/permissions.js";
import { AUTOMATIC_POLICY } from "../../src/core/surroundings.js";
import { accountSurroundings } from "../../src/engine/account.js";
import type { EngineSetting } from "../../src/engine/api.js";
import { limitSession } from "../../src/engine/session-policy.js";
import type { PolicyDocument } from "../../src/policy/document.js";
import { mergeStatements } from "../../src/policy/merge.js";
import { sessionPolicy } from "../../src/policy/shorten.js";
import { promotionPermissions, retentionPermissions } from "../../src/publish/permissions.js";
import { isAllowed, type Statement } from "../support/iam-policy.js";
import { type Options, SCOPE, statementsOf } from "./statements.js";

const REGIONS = [
  "us-east-1",
  "us-west-2",
  "eu-west-1",
  "eu-central-1",
  "ap-southeast-1",
  "ap-northeast-1",
  "sa-east-1",
];
const COPIES: Options = {
  ami_regions: REGIONS.slice(1),
  ami_users: ["210987654321"],
  snapshot_users: ["210987654321"],
};
const PROFILE = {
  temporary_iam_instance_profile_policy_document: {
    Statement: [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: ["*"] }],
  },
};
const KEYS = Object.fromEntries(REGIONS.slice(1).map((region) => [region, "alias/images"]));

/** Requests of the statements: each action on each resource, with the values that the conditions need. */
function requestsOf({ actions, resources, conditions }: PermissionStatement) {
  const context = Object.fromEntries(
    Object.values(conditions)
      .flatMap((keys) => Object.entries(keys))
      .map(([key, [value = ""]]) => [key, value]),
  );
  const caller = { "aws:userid": "AROAEXAMPLE:run" };
  const text = (pattern: string) =>
    pattern.replaceAll("${aws:userid}", caller["aws:userid"]).replaceAll("*", "x").replaceAll("?", "x");
  const filled = resources.map((resource) => (resource === "*" ? "*" : text(resource)));
  return actions.flatMap((action) =>
    filled.map((resource) => ({ action, resource, context: { ...context, ...caller } })),
  );
}

const parsed = (text: string) => (JSON.parse(text) as PolicyDocument).Statement as unknown as readonly Statement[];

describe("a session policy", () => {
  test.each<readonly [string, readonly PermissionStatement[]]>([
    ["of a bake", statementsOf({})],
    ["of a bake with image tests and preflight", statementsOf({}, { preflight: true })],
    ["of copies to seven Regions", statementsOf(COPIES)],
    [
      "of encrypted copies",
      statementsOf({ ...COPIES, encrypt_boot: true, kms_key_id: "alias/images", region_kms_key_ids: KEYS }),
    ],
    ["with a temporary profile", statementsOf({ ...COPIES, ...PROFILE })],
    ["with Session Manager", statementsOf({ ssh_interface: "session_manager", iam_instance_profile: "web" })],
    ["with every way to connect", statementsOf({ ...PROFILE, ssh_keypair: "instance-connect" }, { access: "auto" })],
    ["of fast launch", statementsOf({ ...COPIES, fast_launch: { enable_fast_launch: true } })],
    [
      "of a promotion",
      promotionPermissions(SCOPE, {
        parameters: [{ name: "/images/web/prod", region: "*" }],
        regions: ["*"],
        launchTemplate: "web",
      }),
    ],
    [
      "of a prune",
      retentionPermissions(SCOPE, { regions: REGIONS, tags: undefined, disables: true, listsRegions: true }),
    ],
    ["of a sweep", sweepPermissions(SCOPE, REGIONS)],
    ["of the post step", releasePermissions(SCOPE, ["*"])],
  ])("%s fits, and allows everything that the statements allow", (_what, statements) => {
    const text = sessionPolicy(mergeStatements(statements));
    expect(text.length).toBeLessThanOrEqual(2048);
    const requests = statements.flatMap(requestsOf);
    expect(requests.length).toBeGreaterThan(10);
    expect(requests.filter((request) => !isAllowed(parsed(text), request))).toEqual([]);
  });

  test("of a small bake is not shortened: it allows nothing more than the statements", () => {
    const few = statementsOf({}).filter(({ sid }) => /^(Launch|Create)/.test(sid));
    const policy = parsed(sessionPolicy(few));
    expect(policy.flatMap(({ Action }) => Action).filter((action) => action.includes("*"))).toEqual([]);
    expect(
      isAllowed(policy, { action: "ec2:RunInstances", resource: "arn:aws:ec2:eu-west-1:123456789012:instance/i-1" }),
    ).toBe(false);
  });

  test("keeps the tag of bake-ami as the condition of a removal, however short it is", () => {
    const policy = parsed(sessionPolicy(statementsOf({ ...COPIES, ...PROFILE })));
    const other = { action: "ec2:TerminateInstances", resource: "arn:aws:ec2:us-east-1:123456789012:instance/i-1" };
    expect(isAllowed(policy, other)).toBe(false);
    expect(isAllowed(policy, { ...other, context: { "aws:ResourceTag/bake-ami:owner": "bake-ami" } })).toBe(true);
  });

  test.each([
    ["copies to seven Regions", COPIES],
    ["a temporary profile and copies", { ...COPIES, ...PROFILE }],
    ["fast launch and copies", { ...COPIES, ami_groups: ["all"], deprecate_at: "2030-01-01T00:00:00Z" }],
  ])("of %s allows no instance, image or key pair without the tag, however short it is", (_what, options) => {
    const policy = parsed(sessionPolicy(mergeStatements(statementsOf(options))));
    const ec2 = (resource: string) => `arn:aws:ec2:us-east-1:123456789012:${resource}`;
    const untagged = [
      { action: "ec2:RunInstances", resource: ec2("instance/*") },
      { action: "ec2:CreateImage", resource: ec2("instance/i-1") },
      { action: "ec2:ImportKeyPair", resource: ec2("key-pair/admin") },
      { action: "ec2:TerminateInstances", resource: ec2("instance/i-1") },
    ];
    expect(untagged.filter((request) => isAllowed(policy, request))).toEqual([]);
  });

  test("that cannot fit is an error with its length", () => {
    const parameters = REGIONS.flatMap((region) =>
      Array.from({ length: 40 }, (_, index) => ({ name: `/images/${"long".repeat(9)}-${index}/latest`, region })),
    );
    const conditions = (index: number) => ({ StringEquals: { "aws:ResourceTag/series": [`series-${index}`] } });
    const many = parameters.map(({ name, region }, index) => ({
      ...{ sid: "P", actions: ["ssm:GetParameter"], resources: [`arn:aws:ssm:${region}:*:parameter${name}`], why: "" },
      conditions: conditions(index),
    }));
    expect(() => sessionPolicy(many)).toThrow(
      /^The session policy of this run has \d+ characters, and STS accepts 2048$/,
    );
  });
});

describe("role-session-policy", () => {
  const identity = (sessionPolicyText: string | undefined) => ({
    roleArn: "arn:aws:iam::123456789012:role/bake",
    sessionName: "bake",
    sessionPolicy: sessionPolicyText,
    fetchToken: async () => "token",
  });
  const setting = (text: string | undefined): EngineSetting => {
    const { signal } = new AbortController();
    const interruption = { signal, releaseSignal: signal, stop: () => undefined };
    return { env: {}, interruption, startedAt: new Date(0), webIdentity: identity(text), debug: () => undefined };
  };
  let scope: PermissionScope | undefined;
  const derive = (given: PermissionScope) => {
    scope = given;
    return releasePermissions(given, ["*"]);
  };

  test.each([undefined, '{"Version":"2012-10-17","Statement":[]}'])("%s is left as it is", async (text) => {
    const given = setting(text);
    expect(await limitSession(given, derive)).toBe(given);
  });

  test("auto is derived in the account of the role", async () => {
    const { webIdentity } = await limitSession(setting(AUTOMATIC_POLICY), derive);
    expect(scope).toEqual({ partition: "aws", account: "123456789012", defaultRegion: "*", instanceRole: "*" });
    expect(isAllowed(parsed(webIdentity?.sessionPolicy ?? ""), { action: "ec2:DescribeImages", resource: "*" })).toBe(
      true,
    );
    expect(isAllowed(parsed(webIdentity?.sessionPolicy ?? ""), { action: "ec2:RunInstances", resource: "*" })).toBe(
      false,
    );
  });

  test("auto that was not derived opens no session: it would have no limit", () => {
    expect(() => accountSurroundings(setting(AUTOMATIC_POLICY))).toThrow("the session policy was not derived");
  });
});
