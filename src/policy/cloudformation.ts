import { type PolicyDocument, sentence } from "./document.js";
import type { NamedPolicy } from "./terraform.js";
import { providerArn } from "./trust.js";

/** The policies of a CloudFormation template. */
export interface StackPolicies {
  /** Managed policies of the role. */
  readonly policies: readonly NamedPolicy[];
  /** Undefined makes no role. */
  readonly trust: PolicyDocument | undefined;
  /** The permissions boundary of temporary roles; undefined for none. */
  readonly boundary: NamedPolicy | undefined;
}

/** Returns a CloudFormation template: managed policies, the boundary, and with a trust policy also the role that has them. */
export function cloudFormationText({ policies, trust, boundary }: StackPolicies): string {
  const resources = [
    ...policies.flatMap((policy) => managedPolicy(policy, "Allows what the bakes of one template do")),
    ...(boundary
      ? managedPolicy(boundary, "The most that temporary roles of bake-ami may do", "bake-ami-boundary")
      : []),
    ...(trust ? role(trust, policies) : []),
  ];
  const outputs = trust
    ? ["Outputs:", "  RoleArn:", "    Description: The input role-to-assume", "    Value: !GetAtt BakeAmiRole.Arn"]
    : [];
  return [
    'AWSTemplateFormatVersion: "2010-09-09"',
    "Description: The IAM policy of a template that bake-ami bakes.",
    "Resources:",
    ...resources,
    ...outputs,
  ].join("\n");
}

/** Returns the logical ID of a policy: `bake_ami_2` is `BakeAmi2Policy`. */
function logicalId({ name }: NamedPolicy): string {
  return `${name.replace(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase())}Policy`;
}

function managedPolicy(policy: NamedPolicy, description: string, name?: string): readonly string[] {
  return [
    `  ${logicalId(policy)}:`,
    "    Type: AWS::IAM::ManagedPolicy",
    "    Properties:",
    ...(name === undefined ? [] : [`      ManagedPolicyName: ${name}`]),
    `      Description: ${description}`,
    "      PolicyDocument:",
    ...documentLines(policy.document, policy.reasons).map((line) => `        ${line}`),
  ];
}

function role(trust: PolicyDocument, policies: readonly NamedPolicy[]): readonly string[] {
  return [
    "  BakeAmiRole:",
    "    Type: AWS::IAM::Role",
    "    Properties:",
    "      Description: Bakes AMIs from GitHub Actions",
    "      MaxSessionDuration: 7200",
    "      AssumeRolePolicyDocument:",
    ...documentLines(trust, new Map()).map((line) => `        ${line}`),
    "      ManagedPolicyArns:",
    ...policies.map((policy) => `        - !Ref ${logicalId(policy)}`),
  ];
}

/** Returns the lines of the statements of a policy, as they are in a list of a template. */
export function statementLines({ document, reasons }: Pick<NamedPolicy, "document" | "reasons">): readonly string[] {
  return documentLines(document, reasons).slice(2);
}

function documentLines(
  { Version, Statement }: PolicyDocument,
  reasons: ReadonlyMap<string, string>,
): readonly string[] {
  const statements = Statement.flatMap((statement) => {
    const reason = reasons.get(statement.Sid ?? "");
    const lines = yamlLines(statement);
    return [
      ...(reason === undefined ? [] : [`  # ${sentence(reason)}`]),
      ...lines.map((line, index) => (index === 0 ? `  - ${line}` : `    ${line}`)),
    ];
  });
  return [`Version: ${scalar(Version)}`, "Statement:", ...statements];
}

/** Returns the lines of an object of texts, lists of texts and such objects. */
function yamlLines(value: object): readonly string[] {
  return Object.entries(value).flatMap(([key, each]: [string, unknown]) => {
    if (Array.isArray(each)) return [`${scalar(key)}:`, ...each.map((item) => `  - ${scalar(String(item))}`)];
    if (typeof each === "object" && each !== null) {
      return [`${scalar(key)}:`, ...yamlLines(each).map((line) => `  ${line}`)];
    }
    return [`${scalar(key)}: ${scalar(String(each))}`];
  });
}

/** The account of a trust policy is that of the stack. */
const STACK_ACCOUNT = "${AWS::AccountId}";

/** Returns a text as YAML: plain where that is certainly read as a text, else in double quotes. */
function scalar(text: string): string {
  const isPlain = /^[A-Za-z][\w./@-]*(:[\w./@-]+)*$/.test(text) && !/^(true|false|yes|no|on|off|null)$/i.test(text);
  const written = isPlain ? text : JSON.stringify(text);
  return text.includes(STACK_ACCOUNT) ? `!Sub ${written}` : written;
}

/** The ARN of GitHub's provider in the account of the stack. */
export const PROVIDER_OF_STACK = providerArn("${AWS::Partition}", STACK_ACCOUNT);
