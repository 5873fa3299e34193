import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse as parseHcl } from "@cdktn/hcl2json";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { PROJECT, runReally } from "../engine/running.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder("policy");
const WEB = "web.json";
const BUILDER = {
  type: "amazon-ebs",
  region: "us-east-1",
  instance_type: "t3.micro",
  source_ami: "ami-0123456789abcdef0",
  ami_name: "web {{timestamp}}",
  ssh_username: "ubuntu",
};
const ROLE = {
  temporary_iam_instance_profile_policy_document: {
    Statement: [
      { Effect: "Allow", Action: ["s3:GetObject", "iam:PassRole"], Resource: ["arn:aws:s3:::files/*"] },
      { Effect: "Deny", Action: ["s3:DeleteObject"], Resource: ["*"] },
    ],
  },
};

const write = (name: string, template: object) => writeFileSync(join(folder(), name), JSON.stringify(template));
const policy = (...args: readonly string[]) => runReally(["policy", ...args], { cwd: folder() });

interface Statement {
  readonly Sid: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: unknown;
}

async function statementsOf(...args: readonly string[]): Promise<readonly Statement[]> {
  const { code, out } = await policy(...args);
  expect(code).toBe(0);
  return JSON.parse(out).Statement;
}

const resourcesOf = (statements: readonly Statement[], sid: string) =>
  statements.filter(({ Sid }) => Sid === sid).flatMap(({ Resource }) => Resource);

beforeAll(() => {
  write(WEB, { builders: [BUILDER] });
  write("role.json", { builders: [{ ...BUILDER, ...ROLE }] });
});

const examples = readdirSync(join(PROJECT, "examples"), { recursive: true, encoding: "utf8" }).filter((file) =>
  /(?:pkr\.hcl|^[^/]+\/[^/]+\.json)$/.test(file),
);

test.each(examples)("the policy of examples/%s limits what it removes by the tag of bake-ami", async (file) => {
  // The programs that a build runs on its host, such as Ansible, are of no interest here.
  const { code, out } = await runReally(["policy", join("examples", file)], { env: { PATH: "/nonexistent" } });
  expect(code).toBe(0);
  const printed = JSON.parse(out);
  const statements: readonly Statement[] =
    printed.Statement ?? printed.policies.flatMap((each: { Statement: unknown }) => each.Statement);
  const removing = statements.filter(({ Action }) =>
    [Action].flat().some((action) => /^ec2:(Delete|Terminate|Deregister)/.test(action)),
  );
  for (const { Condition } of removing)
    expect(Condition).toEqual({ StringEquals: { "aws:ResourceTag/bake-ami:owner": "bake-ami" } });
  expect(removing.length > 0).toBe(!file.startsWith("docker"));
});

describe("the parts of a run have statements:", () => {
  test.each<[string, readonly string[], string, readonly string[]]>([
    [
      "a parameter in each Region",
      ["-ssm-parameter=/images/{image}/{arch}", "-regions=eu-west-1", "-image=web"],
      "PublishParameters",
      ["arn:aws:ssm:eu-west-1:*:parameter/images/web/*", "arn:aws:ssm:us-east-1:*:parameter/images/web/*"],
    ],
    [
      "package lists in the Region of the build",
      ["-ssm-parameter=/images/web", "-packages=compare", "-regions=eu-west-1"],
      "StorePackages",
      ["arn:aws:ssm:us-east-1:*:parameter/images/web/packages/*"],
    ],
    [
      "older images",
      ["-keep=3"],
      "RemoveOlderImages",
      ["arn:aws:ec2:us-east-1::image/*", "arn:aws:ec2:us-east-1::snapshot/*"],
    ],
    ["the account", ["-account=123456789012"], "CreateGroupInVpc", ["arn:aws:ec2:us-east-1:123456789012:vpc/*"]],
  ])("%s", async (_what, args, sid, resources) => {
    expect(resourcesOf(await statementsOf(...args, WEB), sid)).toEqual(resources);
    expect(resourcesOf(await statementsOf(WEB), sid)).not.toEqual(resources);
  });

  test("post-processors, logins and data sources", async () => {
    const parts = `
data "amazon-parameterstore" "base" {
  region = "us-east-1"
  name   = "/base/ami"
}
data "amazon-secretsmanager" "login" {
  region = "us-east-1"
  name   = "login"
}
source "docker" "web" {
  image        = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/base"
  commit       = true
  ecr_login    = true
  login_server = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
  message      = "\${data.amazon-parameterstore.base.value} \${data.amazon-secretsmanager.login.value}"
}
build {
  sources = ["docker.web"]
  post-processor "docker-push" {
    ecr_login    = true
    login_server = "public.ecr.aws/web"
  }
  post-processor "amazon-ami-management" {
    regions       = ["us-east-1"]
    identifier    = "web"
    keep_releases = 3
  }
}
`;
    writeFileSync(join(folder(), "parts.pkr.hcl"), parts);
    const statements = await statementsOf("parts.pkr.hcl");
    const sids = [
      "ReadParameters",
      "ReadSecrets",
      "LogInToEcr",
      "PullImages",
      "LogInToPublicEcr",
      "PushImages",
      "RemoveOlderImages",
    ];
    expect(statements.map(({ Sid }) => Sid)).toEqual(expect.arrayContaining(sids));
    expect(resourcesOf(statements, "ReadParameters")).toEqual(["arn:aws:ssm:us-east-1:*:parameter/base/ami"]);
    expect(resourcesOf(statements, "ReadSecrets")).toEqual(["arn:aws:secretsmanager:us-east-1:*:secret:login-??????"]);
    expect(statements.find(({ Sid }) => Sid === "RemoveOlderImages")?.Condition).toEqual({
      StringEquals: { "aws:ResourceTag/Amazon_AMI_Management_Identifier": "web" },
    });
  });
});

describe("-for", () => {
  test.each<[string, readonly string[], string, string]>([
    ["plan", [WEB], "ec2:DescribeImages", "ec2:RunInstances"],
    ["promote", ["-ssm-parameter=/images/web", "-launch-template=web"], "ec2:ModifyLaunchTemplate", "ec2:RunInstances"],
    ["prune", ["-disable-first=7d", "-keep=3"], "ec2:DisableImage", "ec2:RunInstances"],
    ["sweep", [], "ec2:TerminateInstances", "ec2:RunInstances"],
  ])("%s has its actions, and none of a bake", async (purpose, args, action, other) => {
    const actions = (await statementsOf(`-for=${purpose}`, ...args)).flatMap(({ Action }) => Action);
    expect(actions).toContain(action);
    expect(actions).not.toContain(other);
  });
});

test("JSON with several policies is one document, with each under its name", async () => {
  const { out, err } = await policy("-trust", "-repository=octo/images", "-boundary", "role.json");
  const { policy: bake, trust, boundary, ...others } = JSON.parse(out);
  expect(others).toEqual({});
  expect(trust.Statement[0].Principal.Federated).toContain("::ACCOUNT:oidc-provider/");
  // Of the template's policy, without denials and without actions of IAM.
  expect(boundary.Statement).toEqual([
    { Sid: "MostOfTemporaryRoles", Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::files/*" },
  ]);
  const create = bake.Statement.find(({ Sid }: Statement) => Sid === "CreateTemporaryRole");
  expect(create.Condition).toEqual({
    StringLike: { "iam:PermissionsBoundary": "arn:aws:iam::*:policy/bake-ami-boundary" },
  });
  expect(err).toContain('Only jobs with the subject "repo:octo/images:ref:refs/heads/main" can assume the role');
});

test("Terraform and CloudFormation have the same statements as JSON", async () => {
  const sids = (await statementsOf(WEB)).map(({ Sid }) => Sid);
  const terraform = await policy("-format=terraform", WEB);
  const { data } = JSON.parse(JSON.stringify(await parseHcl("main.tf", terraform.out)));
  const sources: readonly { readonly sid: string }[] = data.aws_iam_policy_document.bake_ami[0].statement;
  expect(sources.map(({ sid }) => sid)).toEqual(sids);
  const stack = parse((await policy("-format=cloudformation", WEB)).out);
  const { Statement } = stack.Resources.BakeAmiPolicy.Properties.PolicyDocument;
  expect(Statement.map(({ Sid }: Statement) => Sid)).toEqual(sids);
});

test("-from-log keeps what a bake called, and what removes the resources of a failed one", async () => {
  const log = ["AWS ec2:DescribeImages in us-east-1: OK", "AWS ec2:RunInstances in us-east-1: OK"].join("\n");
  writeFileSync(join(folder(), "debug.log"), log);
  const actions = (await statementsOf("-from-log=debug.log", WEB)).flatMap(({ Action }) => Action);
  expect(actions).toEqual(expect.arrayContaining(["ec2:RunInstances", "ec2:TerminateInstances", "ec2:CreateTags"]));
  expect(actions).not.toContain("ec2:StopInstances");
});

test("-explain prints the reason for each statement, and what happens without it", async () => {
  const { out } = await policy("-explain", WEB);
  expect(out).toMatch(/^STATEMENT {2,}ACTION {2,}REASON$/m);
  expect(out).toMatch(/^CreateImageOfInstance {2,}ec2:CreateImage {2,}creates the image from the instance$/m);
  expect(out).toMatch(/^ReadConsole .*\(if denied: the error has no lines of the console\)$/m);
});

test.each<[readonly string[], string]>([
  [[], 'Flag "-for" set to "bake" needs a template'],
  [["-trust", WEB], 'Flag "-repository" is required'],
  [["-repository=octo/images", WEB], 'Flag "-repository" has no effect without "-trust"'],
  [["-trust", "-repository=octo/*", WEB], 'Flag "-repository" is not a repository: "octo/*"'],
  [["-account=1", WEB], 'Flag "-account" is not a valid AWS account ID: "1"'],
  [["-boundary", WEB], "No build of the template creates a temporary role, so there is no permissions boundary"],
  [["-from-log=web.json", WEB], "The log has no API calls"],
  [["-from-log=none.log", WEB], "none.log"],
])("%j is an error", async (args, message) => {
  const { code, out, err } = await policy(...args);
  expect([code, out]).toEqual([1, ""]);
  expect(err).toContain(message);
});
