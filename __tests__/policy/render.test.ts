import { parse as parseHcl } from "@cdktn/hcl2json";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import type { PermissionStatement } from "../../src/core/permissions.js";
import { cloudFormationText, PROVIDER_OF_STACK } from "../../src/policy/cloudformation.js";
import { policyDocument, policySize } from "../../src/policy/document.js";
import { mergeStatements } from "../../src/policy/merge.js";
import { calledActions, narrowToCalls, onlyReads } from "../../src/policy/narrow.js";
import { splitPolicies } from "../../src/policy/split.js";
import { terraformText } from "../../src/policy/terraform.js";
import { providerArn, trustPolicy } from "../../src/policy/trust.js";

const LAUNCH: PermissionStatement = {
  sid: "Launch",
  actions: ["ec2:RunInstances"],
  resources: ["arn:aws:ec2:us-east-1:*:instance/*", "arn:aws:ec2:us-east-1:*:volume/*"],
  conditions: { StringEquals: { "aws:RequestTag/bake-ami:owner": ["bake-ami"] } },
  why: "launches the instance",
};
const SESSIONS: PermissionStatement = {
  sid: "Sessions",
  actions: ["ssm:TerminateSession"],
  resources: ["arn:aws:ssm:*:*:session/${aws:userid}-*"],
  conditions: {},
  why: "ends sessions",
};
const TRUST = { repository: "octo/images", environment: "images" };

const named = (name: string, statements: readonly PermissionStatement[]) => ({
  name,
  document: policyDocument(statements),
  reasons: new Map(statements.map(({ sid, why }) => [sid, why])),
});

describe("Terraform", () => {
  const text = terraformText([named("bake_ami", [LAUNCH, SESSIONS])]);

  test("has one data source with a comment for each statement, in the format of terraform fmt", () => {
    expect(text).toBe(`data "aws_iam_policy_document" "bake_ami" {
  # Launches the instance
  statement {
    sid     = "Launch"
    actions = ["ec2:RunInstances"]
    resources = [
      "arn:aws:ec2:us-east-1:*:instance/*",
      "arn:aws:ec2:us-east-1:*:volume/*",
    ]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/bake-ami:owner"
      values   = ["bake-ami"]
    }
  }

  # Ends sessions
  statement {
    sid       = "Sessions"
    actions   = ["ssm:TerminateSession"]
    resources = ["arn:aws:ssm:*:*:session/$\${aws:userid}-*"]
  }
}`);
  });

  test("is valid HCL2, with the principal of a trust policy", async () => {
    const document = trustPolicy(TRUST, providerArn("aws", "123456789012"), "aws");
    const trust = terraformText([{ name: "trust", document, reasons: new Map() }]);
    await expect(parseHcl("policy.tf", `${text}\n\n${trust}\n`)).resolves.toBeDefined();
    expect(trust).toContain(`    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"]
    }`);
  });
});

describe("CloudFormation", () => {
  const tags = ["!Ref", "!Sub", "!GetAtt"].map((tag) => ({ tag, resolve: (value: string) => `${tag} ${value}` }));
  const stack = (trust: boolean) =>
    parse(
      cloudFormationText({
        policies: [named("bake_ami", [LAUNCH]), named("bake_ami_2", [SESSIONS])],
        trust: trust ? trustPolicy(TRUST, PROVIDER_OF_STACK, "aws") : undefined,
        boundary: undefined,
      }),
      { customTags: tags },
    );

  test("has the policies as they are in JSON", () => {
    const { Resources } = stack(false);
    expect(Object.keys(Resources)).toEqual(["BakeAmiPolicy", "BakeAmi2Policy"]);
    expect(Resources.BakeAmiPolicy.Properties.PolicyDocument).toEqual(policyDocument([LAUNCH]));
    expect(Resources.BakeAmi2Policy.Properties.PolicyDocument).toEqual(policyDocument([SESSIONS]));
  });

  test("has a role with all of them for a trust policy", () => {
    const { BakeAmiRole } = stack(true).Resources;
    expect(BakeAmiRole.Properties.ManagedPolicyArns).toEqual(["!Ref BakeAmiPolicy", "!Ref BakeAmi2Policy"]);
    expect(BakeAmiRole.Properties.AssumeRolePolicyDocument.Statement[0].Principal.Federated).toBe(
      "!Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:oidc-provider/token.actions.githubusercontent.com",
    );
  });
});

test.each([
  ["an environment", TRUST, "aws", "repo:octo/images:environment:images", "sts.amazonaws.com"],
  [
    "no environment",
    { ...TRUST, environment: undefined },
    "aws",
    "repo:octo/images:ref:refs/heads/main",
    "sts.amazonaws.com",
  ],
  ["China", TRUST, "aws-cn", "repo:octo/images:environment:images", "sts.amazonaws.com.cn"],
])("a trust policy with %s accepts one subject", (_what, trust, partition, subject, audience) => {
  const [statement] = trustPolicy(trust, providerArn(partition, "123456789012"), partition).Statement;
  expect(statement?.Condition).toEqual({
    StringEquals: {
      "token.actions.githubusercontent.com:aud": audience,
      "token.actions.githubusercontent.com:sub": subject,
    },
  });
});

describe("statements are merged", () => {
  const other = { ...LAUNCH, resources: ["arn:aws:ec2:eu-west-1:*:instance/*"] };
  test.each<[string, PermissionStatement, number]>([
    ["if only the resources differ", other, 1],
    ["if only the actions differ", { ...LAUNCH, actions: ["ec2:CreateImage"] }, 1],
    [
      "if the values of one condition differ",
      { ...LAUNCH, conditions: { StringEquals: { "aws:RequestTag/bake-ami:owner": ["x"] } } },
      1,
    ],
    [
      "not if actions and resources differ: their combinations would be allowed too",
      { ...other, actions: ["ec2:CreateImage"] },
      2,
    ],
    ["not if one has no condition", { ...LAUNCH, conditions: {} }, 2],
    ["not if they have different Sids", { ...other, sid: "Other" }, 2],
    ["not if only one can be denied", { ...other, ifDenied: "nothing happens" }, 2],
  ])("%s", (_what, second, count) => {
    const merged = mergeStatements([LAUNCH, second]);
    expect(merged).toHaveLength(count);
    expect(new Set(merged.map(({ sid }) => sid)).size).toBe(count);
  });
});

describe("a policy above the limit of a managed policy", () => {
  const many = Array.from(
    { length: 60 },
    (_, index) => `arn:aws:ssm:us-east-1:123456789012:parameter/images/web-${index}/latest`,
  );

  test("is divided, and loses nothing", () => {
    const statements = [LAUNCH, SESSIONS, { ...SESSIONS, sid: "Parameters", resources: many }];
    const policies = splitPolicies(statements, 2000);
    expect(policies.length).toBeGreaterThan(2);
    for (const policy of policies) expect(policySize(policyDocument(policy))).toBeLessThanOrEqual(2000);
    expect(policies.flat().flatMap(({ resources }) => resources)).toEqual(
      statements.flatMap(({ resources }) => resources),
    );
  });

  test("is one policy below it", () => {
    expect(splitPolicies([LAUNCH, SESSIONS])).toHaveLength(1);
  });
});

describe("a debug log", () => {
  const LOG = `2026-11-30T12:00:00.000Z AWS ec2:RunInstances in us-east-1: OK, HTTP 200, 12 ms, attempt 1
2026-11-30T12:00:01.000Z AWS ec2:CreateImage in us-east-1: UnauthorizedOperation, HTTP 403: "You are not authorized"
2026-11-30T12:00:01.000Z AWS secretsmanager:GetSecretValue in us-east-1: OK
AWS is a provider: not a call`;

  test("names the actions that were called, with the prefixes of IAM", () => {
    expect([...calledActions(LOG)]).toEqual(["ec2:RunInstances", "ec2:CreateImage", "secretsmanager:GetSecretValue"]);
  });

  test("keeps what was called, and what it cannot show", () => {
    const all = {
      ...LAUNCH,
      actions: ["ec2:RunInstances", "ec2:StopInstances", "ec2:TerminateInstances"],
      unlogged: ["ec2:TerminateInstances"],
    };
    const narrowed = narrowToCalls([all, SESSIONS], calledActions(LOG));
    expect(narrowed.map(({ actions }) => actions)).toEqual([["ec2:RunInstances", "ec2:TerminateInstances"]]);
  });
});

test("a policy for a plan has only actions that read, and none that returns secrets", () => {
  const actions = [
    "ec2:DescribeImages",
    "ec2:GetPasswordData",
    "ec2:GetConsoleOutput",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
    "ssm:PutParameter",
  ];
  const [statement] = onlyReads([{ ...LAUNCH, actions }, LAUNCH]);
  expect(statement?.actions).toEqual(["ec2:DescribeImages", "ssm:GetParameter"]);
});
