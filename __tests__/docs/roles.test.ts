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
    const { resource, data } = JSON.parse(JSON.stringify(await parseHcl("role.tf", read("examples/aws/role.tf"))));
    expect(Object.keys(resource).sort()).toEqual([
      "aws_iam_openid_connect_provider",
      "aws_iam_role",
      "aws_iam_role_policy",
    ]);
    const { every_bake: generated, bake } = data.aws_iam_policy_document;
    const documents: readonly HclStatement[] = [...generated[0].statement, ...bake[0].statement];
    const statements = documents.map(({ sid, actions, resources, condition = [] }) => ({
      ...{ Sid: sid, Action: [...actions].sort(), Resource: resources.map(withoutInsertions) },
      conditions: condition.flatMap(({ variable, values }) => [variable, ...values]),
    }));
    expect(statements).toEqual(
      expected.map(({ Sid, Action, Resource, Condition }) => ({
        ...{ Sid, Action: [...(Action ?? [])].sort(), Resource },
        conditions: Object.values(Condition ?? {})
          .flatMap((keys: object) => Object.entries(keys))
          .flat(2),
      })),
    );
    expect(bake[0].source_policy_documents).toEqual(["${data.aws_iam_policy_document.every_bake.json}"]);
  });
});

/** A statement of a data source. */
interface HclStatement {
  readonly sid: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition?: readonly { readonly variable: string; readonly values: readonly string[] }[];
}
