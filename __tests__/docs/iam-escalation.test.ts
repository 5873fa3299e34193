import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { IAM_PREFIX } from "../../src/aws/owned.js";
import { isAllowed, type Statement } from "../support/iam-policy.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const text = readFileSync(join(root, "docs/iam.md"), "utf8");

const ACCOUNT = "123456789012";
const iam = (path: string) => `arn:aws:iam::${ACCOUNT}:${path}`;
const ec2 = (path: string) => `arn:aws:ec2:us-east-1:${ACCOUNT}:${path}`;

/** All policies and statements of the page, in their order. */
const blocks: readonly { readonly Statement?: readonly Statement[] }[] = [...text.matchAll(/```json\n(.*?)```/gs)].map(
  ([, json = ""]) => JSON.parse(json.replaceAll("ACCOUNT", ACCOUNT).replaceAll("role/NAME", "role/web")),
);
const [bake, passed, boundary, temporary, trust, planned] = blocks;
/** What the role may do with every feature of the page. */
const role: readonly Statement[] = [...(bake?.Statement ?? []), passed as Statement, ...(temporary?.Statement ?? [])];

const BOUNDARY = { "iam:PermissionsBoundary": iam("policy/bake-ami-boundary") };
const TO_EC2 = { "iam:PassedToService": "ec2.amazonaws.com" };
const OWN = { "aws:ResourceTag/bake-ami:owner": "bake-ami" };
const MARKED = { "aws:RequestTag/bake-ami:owner": "bake-ami" };
const OTHER = { "aws:ResourceTag/bake-ami:owner": "" };
const TEMPORARY = iam("role/bake-ami-6f1c");
const SELF = iam("role/image-builds-20261130");
const ADMIN = iam("role/admin");

test("the statements for temporary profiles have the actions of their row", () => {
  const option = "temporary_iam_instance_profile_policy_document";
  const row = text.split("\n").find((line) => line.startsWith(`| \`${option}\` |`)) ?? "";
  const actions = (temporary?.Statement ?? []).flatMap(({ Action }) => Action);
  expect([...actions].sort()).toEqual((row.match(/\biam:[A-Z]\w+/g) ?? []).sort());
});

test("the page has the policies that are checked here", () => {
  expect(blocks).toHaveLength(6);
  expect(trust?.Statement?.[0]?.Action).toBe("sts:AssumeRoleWithWebIdentity");
  expect(role.every(({ Effect }) => Effect === "Allow")).toBe(true);
  expect(TEMPORARY).toContain(`role/${IAM_PREFIX}`);
});

test("the role of a plan has only actions that read", () => {
  const actions = (planned?.Statement ?? []).flatMap(({ Action }) => Action);
  expect(actions.length).toBeGreaterThan(5);
  expect(actions.filter((action) => !/^\w+:(Describe|Get)/.test(action))).toEqual([]);
});

describe("the role that bakes can", () => {
  test.each<[string, string, string, Readonly<Record<string, string>>]>([
    ["create a role with the boundary", "iam:CreateRole", TEMPORARY, BOUNDARY],
    ["write the policy of a role with the boundary", "iam:PutRolePolicy", TEMPORARY, BOUNDARY],
    ["tag a temporary role", "iam:TagRole", TEMPORARY, {}],
    ["add it to a profile", "iam:AddRoleToInstanceProfile", iam("instance-profile/bake-ami-6f1c"), {}],
    ["pass it to EC2", "iam:PassRole", TEMPORARY, TO_EC2],
    ["pass the role of the template to EC2", "iam:PassRole", iam("role/web"), TO_EC2],
    ["remove a policy of an earlier run without a boundary", "iam:DeleteRolePolicy", TEMPORARY, {}],
    ["create an image of its instance", "ec2:CreateImage", ec2("instance/i-1"), OWN],
    ["create the image", "ec2:CreateImage", "arn:aws:ec2:us-east-1::image/ami-1", MARKED],
    ["create the image's snapshots", "ec2:CreateImage", "arn:aws:ec2:us-east-1::snapshot/snap-1", MARKED],
    ["copy an image", "ec2:CopyImage", "arn:aws:ec2:us-east-1::image/ami-1", {}],
    ["create the copy's snapshots", "ec2:CopyImage", "arn:aws:ec2:eu-west-1::snapshot/snap-1", MARKED],
    ["launch an instance with the tag", "ec2:RunInstances", ec2("instance/*"), MARKED],
    ["launch it with its key pair", "ec2:RunInstances", ec2("key-pair/packer_6f1c"), OWN],
    ["read the volumes of its instance", "ec2:CreateImage", ec2("volume/vol-1"), OWN],
    ["terminate its instance", "ec2:TerminateInstances", ec2("instance/i-1"), OWN],
    ["tag what it creates", "ec2:CreateTags", ec2("instance/i-1"), { "ec2:CreateAction": "RunInstances" }],
  ])("%s", (_what, action, resource, context) => {
    expect(isAllowed(role, { action, resource, context })).toBe(true);
  });
});

describe("the role that bakes cannot", () => {
  test.each<[string, string, string, Readonly<Record<string, string>>]>([
    ["create a role without a boundary", "iam:CreateRole", TEMPORARY, {}],
    [
      "create a role with a boundary of its choice",
      "iam:CreateRole",
      TEMPORARY,
      { "iam:PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess" },
    ],
    ["create a role of another name", "iam:CreateRole", ADMIN, BOUNDARY],
    ["write the policy of a role without a boundary", "iam:PutRolePolicy", TEMPORARY, {}],
    ["write its own policy", "iam:PutRolePolicy", SELF, {}],
    ["write its own policy where it has the boundary", "iam:PutRolePolicy", SELF, BOUNDARY],
    ["write the policy of another role", "iam:PutRolePolicy", ADMIN, BOUNDARY],
    ["attach a policy to a temporary role", "iam:AttachRolePolicy", TEMPORARY, BOUNDARY],
    ["attach a policy to itself", "iam:AttachRolePolicy", SELF, BOUNDARY],
    ["change the boundary of a role", "iam:PutRolePermissionsBoundary", TEMPORARY, BOUNDARY],
    ["remove the boundary of a role", "iam:DeleteRolePermissionsBoundary", TEMPORARY, BOUNDARY],
    ["change who can assume a temporary role", "iam:UpdateAssumeRolePolicy", TEMPORARY, BOUNDARY],
    ["change who can assume it", "iam:UpdateAssumeRolePolicy", SELF, {}],
    ["change the policy that is the boundary", "iam:CreatePolicyVersion", iam("policy/bake-ami-boundary"), {}],
    ["choose a version of the boundary", "iam:SetDefaultPolicyVersion", iam("policy/bake-ami-boundary"), {}],
    ["delete the boundary", "iam:DeletePolicy", iam("policy/bake-ami-boundary"), {}],
    ["pass a temporary role to Lambda", "iam:PassRole", TEMPORARY, { "iam:PassedToService": "lambda.amazonaws.com" }],
    [
      "pass the role of the template to ECS",
      "iam:PassRole",
      iam("role/web"),
      { "iam:PassedToService": "ecs-tasks.amazonaws.com" },
    ],
    ["pass a role without saying to whom", "iam:PassRole", TEMPORARY, {}],
    ["pass another role to EC2", "iam:PassRole", ADMIN, TO_EC2],
    ["pass itself to EC2", "iam:PassRole", SELF, TO_EC2],
    ["assume another role", "sts:AssumeRole", ADMIN, {}],
    ["tag another role as its own", "iam:TagRole", ADMIN, {}],
    ["delete itself", "iam:DeleteRole", SELF, {}],
    ["create a user", "iam:CreateUser", iam("user/x"), {}],
    ["create access keys", "iam:CreateAccessKey", iam("user/admin"), {}],
    ["add a user to a group", "iam:AddUserToGroup", iam("group/admins"), {}],
    ["set a password", "iam:UpdateLoginProfile", iam("user/admin"), {}],
    ["give an instance another profile", "ec2:AssociateIamInstanceProfile", ec2("instance/i-1"), OWN],
    ["replace the profile of an instance", "ec2:ReplaceIamInstanceProfileAssociation", ec2("instance/i-1"), OWN],
    ["create an image of another instance", "ec2:CreateImage", ec2("instance/i-2"), OTHER],
    ["create an image without the tag", "ec2:CreateImage", "arn:aws:ec2:us-east-1::image/ami-1", {}],
    ["launch an instance without the tag", "ec2:RunInstances", ec2("instance/*"), {}],
    ["launch with the security group of others", "ec2:RunInstances", ec2("security-group/sg-2"), OTHER],
    ["import a key pair of another name", "ec2:ImportKeyPair", ec2("key-pair/admin"), MARKED],
    ["create a snapshot of a volume", "ec2:CreateSnapshot", ec2("volume/vol-2"), {}],
    ["tag another instance as its own", "ec2:CreateTags", ec2("instance/i-2"), OTHER],
    ["change the user data of another instance", "ec2:ModifyInstanceAttribute", ec2("instance/i-2"), OTHER],
    ["open the ports of another group", "ec2:AuthorizeSecurityGroupIngress", ec2("security-group/sg-2"), OTHER],
    ["share another image", "ec2:ModifyImageAttribute", "arn:aws:ec2:us-east-1::image/ami-2", OTHER],
    ["share another snapshot", "ec2:ModifySnapshotAttribute", "arn:aws:ec2:us-east-1::snapshot/snap-2", OTHER],
    ["run a command on an instance", "ssm:SendCommand", ec2("instance/i-2"), {}],
    ["create a function", "lambda:CreateFunction", `arn:aws:lambda:us-east-1:${ACCOUNT}:function:x`, {}],
  ])("%s", (_what, action, resource, context) => {
    expect(isAllowed(role, { action, resource, context })).toBe(false);
  });

  test("give a temporary role rights of IAM or STS: the boundary has none", () => {
    const actions = (boundary?.Statement ?? []).flatMap(({ Action }) => Action);
    expect(actions.length).toBeGreaterThan(0);
    expect(actions.filter((action) => /^(iam|sts):|\*/.test(action))).toEqual([]);
  });
});

test.each(["examples/aws/role.tf", "examples/aws/role.yml", "examples/aws/README.md"])(
  "the role of %s has no name of a temporary role",
  (file) => {
    const names = readFileSync(join(root, file), "utf8").matchAll(
      /(?:name_prefix|RoleName|--stack-name)[ =:]+"?([\w-]+)/g,
    );
    for (const [, name] of names) expect(name).not.toMatch(new RegExp(`^${IAM_PREFIX}`));
  },
);
