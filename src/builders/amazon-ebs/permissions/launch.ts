import { ec2Arns, MARKED_AS_OURS, OF_OURS, type PermissionStatement } from "../../../core/permissions.js";
import { interfaceOf } from "../look/access-choice.js";
import { isSpot } from "../options/spot.js";
import { type BakeScope, known } from "./scope.js";

/** The launch of the build instance and of the instances that test the image, what is created for them, and its removal. */
export function launchPermissions(bake: BakeScope): readonly PermissionStatement[] {
  const { options, scope, build } = bake;
  const group = hasOwnGroup(bake);
  const keys = temporaryKeys(bake).map((name) => `key-pair/${name}`);
  const created = [...keys, ...(group ? ["security-group/*"] : [])];
  return [
    {
      sid: "LaunchInstance",
      actions: ["ec2:RunInstances"],
      resources: ec2Arns(
        scope,
        build,
        ...["instance/*", "network-interface/*", "volume/*"],
        ...(isSpot(options) ? ["spot-instances-request/*"] : []),
      ),
      conditions: MARKED_AS_OURS,
      why: "launches instances that have the tag of bake-ami",
    },
    {
      sid: "LaunchFrom",
      actions: ["ec2:RunInstances"],
      resources: [...ec2Arns(scope, build, ...launchedFrom(bake)), ...launchedFromOthers(bake)],
      conditions: {},
      why: "launches from the source AMI, in the network of the template",
    },
    ...launchFromOwn(bake, created),
    ...(created.length === 0 ? [] : [createForInstance(bake, created)]),
    ...(group ? [createInVpc(bake)] : []),
    changeInstance(bake, keys, group),
    {
      sid: "ReadConsole",
      actions: ["ec2:GetConsoleOutput"],
      resources: ec2Arns(scope, build, "instance/*"),
      conditions: OF_OURS,
      why: "reads the console of an instance that nothing can connect to",
      ifDenied: "the error has no lines of the console",
      unlogged: ["ec2:GetConsoleOutput"],
    },
    ...spotRole(bake),
  ];
}

/** Whether a security group is created. Tests of the image use the groups of the template too. */
function hasOwnGroup({ options }: BakeScope): boolean {
  return !(options.security_group_id || options.security_group_ids.length > 0 || options.security_group_filter);
}

/** Returns the names, or patterns of them, of the key pairs that are created. Those for image tests never have the name of the template. */
function temporaryKeys({ options, settings }: BakeScope): readonly string[] {
  const { tests } = settings;
  const isPasswordOfOther = tests?.sshUsername !== undefined && tests.sshUsername !== options.ssh_username;
  const ofTests = tests !== undefined && needsKey(options, !isPasswordOfOther) ? [GENERATED] : [];
  const ofBuild = needsKey(options, true) ? [named(options.temporary_key_pair_name)] : [];
  return distinct([...ofBuild, ...ofTests]);
}

/** The names that are generated for key pairs. */
const GENERATED = "packer_*";

const named = (name: string | undefined) => (name ? (known(name) ?? "*") : GENERATED);

const distinct = (names: readonly string[]) => [...new Set(names)];

function needsKey(options: BakeScope["options"], hasPassword: boolean): boolean {
  if (options.communicator === "winrm") return !options.ssh_keypair_name;
  const own = options.communicator === "none" || options.ssh_private_key_file || options.ssh_agent_auth;
  return !(own || (hasPassword && options.ssh_password) || options.ssh_keypair === "instance-connect");
}

/** The resources of EC2 that exist before the bake. */
function launchedFrom({ options }: BakeScope): readonly string[] {
  const groups = [options.security_group_id, ...options.security_group_ids].filter(
    (id) => id !== undefined && id !== "",
  );
  const snapshots = options.launch_block_device_mappings.flatMap(({ snapshot_id: id }) => id || []);
  const id = (kind: string, value: string | undefined) => `${kind}/${known(value) ?? "*"}`;
  return [
    id("image", options.source_ami),
    id("subnet", options.subnet_id),
    ...groups.map((group) => id("security-group", group)),
    ...(options.security_group_filter && groups.length === 0 ? ["security-group/*"] : []),
    ...(options.ssh_keypair_name ? [id("key-pair", options.ssh_keypair_name)] : []),
    ...snapshots.map((snapshot) => id("snapshot", snapshot)),
    ...(options.capacity_reservation_id ? [id("capacity-reservation", options.capacity_reservation_id)] : []),
  ];
}

/** The resources of other services that the launch uses. */
function launchedFromOthers({ options }: BakeScope): readonly string[] {
  const licences = options.license_specifications.map(
    (each) => each.license_configuration_request?.license_configuration_arn,
  );
  const groups = [options.capacity_reservation_group_arn, options.placement?.host_resource_group_arn];
  return [...licences, ...groups].flatMap((arn) => known(arn) ?? []);
}

/** The launch with what bake-ami created: the group, the key pair, and the image that is tested. */
function launchFromOwn(
  { options, settings, scope, build }: BakeScope,
  created: readonly string[],
): readonly PermissionStatement[] {
  const own = [...created, ...(settings.tests && known(options.source_ami) ? ["image/*"] : [])];
  if (own.length === 0) return [];
  return [
    {
      sid: "LaunchWithOwn",
      actions: ["ec2:RunInstances"],
      resources: ec2Arns(scope, build, ...own),
      conditions: OF_OURS,
      why: "launches with the key pair and the security group that were created for the instance",
    },
  ];
}

function createForInstance({ scope, build }: BakeScope, created: readonly string[]): PermissionStatement {
  const actions = created.map((resource) =>
    resource.startsWith("key-pair/") ? "ec2:ImportKeyPair" : "ec2:CreateSecurityGroup",
  );
  return {
    sid: "CreateForInstance",
    actions,
    resources: ec2Arns(scope, build, ...created),
    conditions: MARKED_AS_OURS,
    why: "creates the temporary key pair and the temporary security group",
  };
}

/** A group is created in a VPC, which EC2 checks as a resource of its own. */
function createInVpc({ options, scope, build }: BakeScope): PermissionStatement {
  return {
    sid: "CreateGroupInVpc",
    actions: ["ec2:CreateSecurityGroup"],
    resources: ec2Arns(scope, build, `vpc/${known(options.vpc_id) ?? "*"}`),
    conditions: {},
    why: "creates the temporary security group in the VPC",
  };
}

/** The changes of the instance and of what was created for it, and their removal. */
function changeInstance(
  { options, settings, scope, build }: BakeScope,
  keys: readonly string[],
  group: boolean,
): PermissionStatement {
  const stops = !options.disable_stop_instance && !isSpot(options) && !options.skip_create_ami;
  const changes = (options.ena_support !== undefined || options.sriov_support) && !options.skip_create_ami;
  const isWaitedFor = settings.skipUnchanged.enabled && !options.skip_create_ami;
  const removal = [
    "ec2:TerminateInstances",
    "ec2:DeleteVolume",
    ...(keys.length > 0 ? ["ec2:DeleteKeyPair"] : []),
    ...(group ? ["ec2:DeleteSecurityGroup"] : []),
  ];
  return {
    sid: "ChangeAndRemoveInstance",
    actions: [
      // A session of Session Manager needs no open port, and without a communicator nothing connects.
      ...(group && options.communicator !== "none" && interfaceOf(options) !== "session_manager"
        ? ["ec2:AuthorizeSecurityGroupIngress"]
        : []),
      ...(stops ? ["ec2:StopInstances"] : []),
      ...(changes ? ["ec2:ModifyInstanceAttribute"] : []),
      ...(isWaitedFor ? ["ec2:CreateTags"] : []),
      ...removal,
    ],
    resources: ec2Arns(scope, build, ...["instance/*", "volume/*"], ...keys, ...(group ? ["security-group/*"] : [])),
    conditions: OF_OURS,
    why: "stops and terminates the instances of bake-ami, and removes what was created for them",
    unlogged: [...removal, ...(isWaitedFor ? ["ec2:CreateTags"] : [])],
  };
}

/** EC2 creates the role of spot instances with the first one of an account. */
function spotRole({ options, scope }: BakeScope): readonly PermissionStatement[] {
  if (!isSpot(options)) return [];
  const name = "aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot";
  return [
    {
      sid: "CreateSpotRole",
      actions: ["iam:CreateServiceLinkedRole"],
      resources: [`arn:${scope.partition}:iam::${scope.account}:role/${name}`],
      conditions: { StringEquals: { "iam:AWSServiceName": ["spot.amazonaws.com"] } },
      why: "creates the role of spot instances, once in an account that never had one",
      ifDenied: "spot instances need an account that has the role",
      unlogged: ["iam:CreateServiceLinkedRole"],
    },
  ];
}
