import { type Conditions, type PermissionStatement, regionalArns, serviceName } from "../../../core/permissions.js";
import { type BakeScope, known } from "./scope.js";

/** What EC2 does with a key for the caller (EBS user guide, "Permissions for IAM users"). */
const USES = [
  "kms:Decrypt",
  "kms:DescribeKey",
  "kms:GenerateDataKeyWithoutPlaintext",
  "kms:ReEncryptFrom",
  "kms:ReEncryptTo",
];

/** A key in one Region. */
interface RegionalKey {
  readonly region: string;
  readonly key: string;
}

/** The customer managed keys of images and volumes. The AWS managed key of EBS needs no permission. */
export function encryptionPermissions(bake: BakeScope): readonly PermissionStatement[] {
  return keysOf(bake).flatMap((key) => [
    ...keyPermissions(bake, key),
    ...(bake.settings.preflight ? [checkPermission(bake, key)] : []),
  ]);
}

function keysOf({ options, build }: BakeScope): readonly RegionalKey[] {
  const [home = "*"] = build;
  const devices = [...options.launch_block_device_mappings, ...options.ami_block_device_mappings];
  const all = [
    { region: home, key: options.kms_key_id },
    ...Object.entries(options.region_kms_key_ids).map(([region, key]) => ({ region, key })),
    ...devices.map((device) => ({ region: home, key: device.kms_key_id })),
  ];
  const named = all.flatMap(({ region, key }) => {
    if (key === undefined || key === "" || key === "alias/aws/ebs") return [];
    return [{ region, key: known(key) ?? "*" }];
  });
  return [...new Map(named.map((each) => [`${each.region} ${each.key}`, each])).values()];
}

/** Preflight reads the keys itself, not through EC2. */
function checkPermission({ scope }: BakeScope, { region, key }: RegionalKey): PermissionStatement {
  const { resource, conditions } = keyResource(scope, region, key);
  return {
    sid: "CheckKeys",
    actions: ["kms:DescribeKey"],
    resources: [resource],
    conditions,
    why: "checks before the launch that the keys of the template can be used (preflight)",
    ifDenied: "a warning says that they were not checked",
  };
}

/** EC2 uses the key for the caller, by a grant. A key by its alias is limited by `kms:ResourceAliases`. */
function keyPermissions({ scope }: BakeScope, { region, key }: RegionalKey): readonly PermissionStatement[] {
  const { resource, conditions } = keyResource(scope, region, key);
  const viaEc2: Conditions =
    region === "*" ? {} : { StringEquals: { "kms:ViaService": [serviceName(`ec2.${region}`, scope.partition)] } };
  return [
    {
      sid: "UseKeys",
      actions: USES,
      resources: [resource],
      conditions: { ...conditions, ...viaEc2 },
      why: "EC2 encrypts the images with the keys of the template",
      unlogged: USES,
    },
    {
      sid: "GrantKeys",
      actions: ["kms:CreateGrant"],
      resources: [resource],
      conditions: { ...conditions, ...viaEc2, Bool: { "kms:GrantIsForAWSResource": ["true"] } },
      why: "EC2 attaches encrypted volumes, and copies encrypted snapshots",
      unlogged: ["kms:CreateGrant"],
    },
  ];
}

function keyResource(
  scope: BakeScope["scope"],
  region: string,
  key: string,
): { readonly resource: string; readonly conditions: Conditions } {
  const alias = /(?:^|:)(alias\/.+)$/.exec(key)?.[1];
  const [, , , , account = scope.account] = key.startsWith("arn:") ? key.split(":") : [];
  const [any = ""] = regionalArns(
    { ...scope, account },
    "kms",
    [region],
    alias || key === "*" ? "key/*" : `key/${key}`,
  );
  if (alias !== undefined) {
    return { resource: any, conditions: { "ForAnyValue:StringEquals": { "kms:ResourceAliases": [alias] } } };
  }
  return { resource: key.startsWith("arn:") ? key : any, conditions: {} };
}
