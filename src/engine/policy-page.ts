import { amazonEbsPermissions } from "../builders/amazon-ebs/permissions/bake.js";
import { catalog } from "../catalog.js";
import { iamArn, type PermissionScope, type PermissionStatement } from "../core/permissions.js";
import { decodeArguments } from "../data-sources/arguments.js";
import { statementLines } from "../policy/cloudformation.js";
import { policyDocument, policyText } from "../policy/document.js";
import { mergeStatements } from "../policy/merge.js";
import { onlyReads } from "../policy/narrow.js";
import { terraformText } from "../policy/terraform.js";
import { providerArn, trustPolicy } from "../policy/trust.js";
import { publishPermissions } from "../publish/permissions.js";
import { DEFAULT_SETTINGS } from "./request.js";

/** The account of the policies in the documentation. */
const ACCOUNT = "ACCOUNT";

const ANYWHERE: PermissionScope = { partition: "aws", account: "*", defaultRegion: "*", instanceRole: undefined };
const IN_ACCOUNT: PermissionScope = { ...ANYWHERE, account: ACCOUNT };

/** Options that every template has, for any Region and any source AMI. */
const MINIMUM = {
  region: "*",
  ami_regions: ["*"],
  instance_type: "t3.micro",
  source_ami_filter: { filters: { name: "*" }, owners: ["self"], most_recent: true },
  ami_name: "any",
  ssh_username: "any",
};

/** Options that many templates have, whose actions are in the policy for every bake. */
const COMMON = {
  vpc_filter: { filters: { state: "available" } },
  subnet_filter: { filters: { state: "available" } },
  ena_support: true,
  encrypt_boot: false,
  ami_product_codes: ["any"],
  snapshot_users: ["123456789012"],
};

/** Returns the policies of `docs/iam.md`, by the names of their marks. */
export function policiesOfPage(): Readonly<Record<string, string>> {
  const bake = everyBake();
  const boundary = iamArn(IN_ACCOUNT, "policy/bake-ami-boundary");
  const policy = { Statement: [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: ["*"] }] };
  const temporary = statementsWith({ temporary_iam_instance_profile_policy_document: policy }, boundary);
  const parameters = publishPermissions(IN_ACCOUNT, [{ name: "/images/*", region: "*" }]);
  const [pass] = policyDocument(of(statementsWith({ iam_instance_profile: "NAME" }), "PassInstanceRole")).Statement;
  const trust = { repository: "OWNER/REPOSITORY", environment: "images" };
  return {
    bake: textOf(bake),
    "pass-role": JSON.stringify(pass, undefined, 2),
    "temporary-role": textOf(of(temporary, "CreateTemporaryRole", "PassTemporaryRole", "ReadAndRemoveTemporaryRole")),
    trust: policyText(trustPolicy(trust, providerArn("aws", ACCOUNT), "aws")),
    plan: textOf(onlyReads([...of(bake, "Read", "ReadForHints", "ReadForPreflight"), ...parameters])),
  };
}

/** Returns the statements of the policy for every bake, in any Region and account, without those of features that have a row of their own. */
export function everyBake(): readonly PermissionStatement[] {
  return mergeStatements(statementsWith(COMMON, undefined, ANYWHERE)).filter(({ sid }) => sid !== "CheckSharing");
}

/** Returns the policy for every bake as a data source of Terraform, for the partition of the account. */
export function exampleTerraform(): string {
  return terraformText([named("every_bake", everyBake())]).replaceAll('"arn:aws:', '"arn:${local.partition}:');
}

/** Returns the statements of the policy for every bake as lines of a CloudFormation template, for the partition of the stack. */
export function exampleCloudFormation(): readonly string[] {
  return statementLines(named("every_bake", everyBake())).map((line) =>
    line.replace(/"arn:aws:([^"]*)"/, '!Sub "arn:${AWS::Partition}:$1"'),
  );
}

function named(name: string, statements: readonly PermissionStatement[]) {
  const reasons = new Map(statements.map(({ sid, why }) => [sid, why]));
  return { name, document: policyDocument(statements), reasons };
}

function statementsWith(
  options: Readonly<Record<string, unknown>>,
  permissionsBoundary: string | undefined = undefined,
  scope = IN_ACCOUNT,
): readonly PermissionStatement[] {
  const schema = catalog.builders.get("amazon-ebs")?.schema;
  if (schema === undefined) throw new Error("the catalog has no amazon-ebs builder");
  const decoded = decodeArguments(schema, { ...MINIMUM, ...options }) as Parameters<typeof amazonEbsPermissions>[0];
  return amazonEbsPermissions(decoded, { scope, settings: { ...DEFAULT_SETTINGS, permissionsBoundary } }).run;
}

function of(statements: readonly PermissionStatement[], ...sids: readonly string[]): readonly PermissionStatement[] {
  return statements.filter(({ sid }) => sids.includes(sid));
}

function textOf(statements: readonly PermissionStatement[]): string {
  return policyText(policyDocument(statements));
}
