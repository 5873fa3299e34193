import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse as parseHcl } from "@cdktn/hcl2json";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");

interface Statement {
  readonly Sid: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: unknown;
}

const guide = read("docs/iam.md");
const policy: { readonly Statement: readonly Statement[] } = JSON.parse(/```json\n(.*?)```/s.exec(guide)?.[1] ?? "{}");
const parameters = guide.split("\n").find((line) => line.startsWith("| `ssm-parameter` |")) ?? "";
const expected = [
  ...listed(policy.Statement),
  {
    ...{ Sid: "Parameters", Action: parameters.match(/\bssm:[A-Z]\w+/g), Condition: undefined },
    Resource: ["arn:aws:ssm:*:ACCOUNT:parameter/images/*"],
  },
];

/** Returns the statements with lists of actions and resources, and with the values of the page for what each language inserts. */
function listed(statements: readonly Statement[]) {
  return statements.map(({ Sid, Action, Resource, Condition }) => ({
    ...{ Sid, Action: [Action].flat(), Condition },
    Resource: [Resource].flat().map(withoutInsertions),
  }));
}

function withoutInsertions(resource: string): string {
  return resource
    .replace(/\$\{(AWS::Partition|local\.partition)\}/, "aws")
    .replace(/\$\{(AWS::AccountId|local\.account)\}/, "ACCOUNT")
    .replace(/\$\{(ParameterPath|var\.parameter_path)\}/, "/images");
}

describe("the role in examples/aws/", () => {
  test("of CloudFormation has the policy of docs/iam.md, and no subject with a wildcard", () => {
    const tags = ["!Ref", "!Sub", "!GetAtt"].map((tag) => ({ tag, resolve: (text: string) => text }));
    const lists = ["!If", "!Equals"].map((tag) => ({ tag, collection: "seq" as const }));
    const template = parse(read("examples/aws/role.yml"), { customTags: [...tags, ...lists] });
    const { Policies, AssumeRolePolicyDocument } = template.Resources.Role.Properties;
    expect(listed(Policies[0].PolicyDocument.Statement)).toEqual(expected);
    expect(AssumeRolePolicyDocument.Statement[0].Condition.StringEquals).toEqual({
      "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
      "token.actions.githubusercontent.com:sub": "Subject",
    });
    const subject = new RegExp(template.Parameters.Subject.AllowedPattern);
    expect(["repo:o/r:environment:images", "repo:o/r:*"].map((text) => subject.test(text))).toEqual([true, false]);
  });

  test("of Terraform has the same statements", async () => {
    const text = read("examples/aws/role.tf");
    const module: { readonly resource: Record<string, unknown> } = JSON.parse(
      JSON.stringify(await parseHcl("role.tf", text)),
    );
    expect(Object.keys(module.resource).sort()).toEqual([
      "aws_iam_openid_connect_provider",
      "aws_iam_role",
      "aws_iam_role_policy",
    ]);
    const statements = text
      .slice(text.indexOf('resource "aws_iam_role_policy"'))
      .split(/^ {6}\{$/m)
      .slice(1);
    const actions = statements.map((statement) => ({
      Sid: /Sid\s+= "(\w+)"/.exec(statement)?.[1],
      Action: statement.match(/"(?:ec2|ssm):\w+",/g)?.map((action) => action.replace(/[",]/g, "")),
      Resource: /Resource = (".*"|\[[^\]]*\])/
        .exec(statement)?.[1]
        ?.match(/[^"]+(?=")/g)
        ?.filter((part) => /^(arn|\*)/.test(part))
        .map(withoutInsertions),
      isLimited: /StringEquals/.test(statement),
    }));
    expect(actions).toEqual(
      expected.map(({ Sid, Action, Resource, Condition }) => ({
        ...{ Sid, Action, Resource },
        isLimited: Condition !== undefined,
      })),
    );
  });
});
