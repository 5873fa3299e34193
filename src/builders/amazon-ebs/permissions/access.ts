import { ec2Arns, inRegions, OF_OURS, type PermissionStatement, regionalArns } from "../../../core/permissions.js";
import { interfaceOf } from "../look/access-choice.js";
import { serverOf } from "../options/server.js";
import { type BakeScope, known } from "./scope.js";

/** What the connection to an instance needs: tunnels, keys that are sent, and the password of Windows. */
export function accessPermissions(bake: BakeScope): readonly PermissionStatement[] {
  const { options } = bake;
  if (options.communicator === "none") return [];
  const isAuto = choosesAccess(bake);
  const kind = interfaceOf(options);
  const bySession = kind === "session_manager" || isAuto;
  const byEndpoint = kind === "instance_connect_endpoint" || isAuto;
  return [
    ...(isAuto ? choicePermissions(bake) : []),
    ...(byEndpoint ? endpointPermissions(bake) : []),
    ...(bySession ? sessionPermissions(bake) : []),
    ...keyPermissions(bake, bySession),
    ...(options.communicator === "winrm" && !options.winrm_password ? [passwordPermission(bake)] : []),
  ];
}

/** Whether `access: auto` decides: the template does not set how to connect. */
function choosesAccess({ options, settings }: BakeScope): boolean {
  const server = serverOf(options);
  const isSet = options.ssh_interface || options.ssh_private_ip || server.host || server.via;
  return settings.access === "auto" && !isSet;
}

/** What `access: auto` reads. What is denied counts as missing. */
function choicePermissions({ scope, build }: BakeScope): readonly PermissionStatement[] {
  const ifDenied = "what cannot be read counts as missing";
  return [
    {
      sid: "ChooseAccess",
      actions: ["ec2:DescribeNetworkInterfaces", "ec2:DescribeRouteTables"],
      resources: ["*"],
      conditions: inRegions(build),
      why: "chooses how to connect (access: auto)",
      ifDenied,
    },
    {
      sid: "ReadHostManagement",
      actions: ["ssm:GetServiceSetting"],
      resources: regionalArns(scope, "ssm", build, "servicesetting/ssm/managed-instance/*"),
      conditions: {},
      why: "reads whether Systems Manager manages instances without a profile (access: auto)",
      ifDenied,
    },
  ];
}

function endpointPermissions({ options, scope, build }: BakeScope): readonly PermissionStatement[] {
  const id = known(options.instance_connect_endpoint_id) ?? "*";
  return [
    {
      sid: "FindEndpoint",
      actions: ["ec2:DescribeInstanceConnectEndpoints"],
      resources: ["*"],
      conditions: inRegions(build),
      why: "finds the EC2 Instance Connect Endpoint",
    },
    {
      sid: "OpenTunnel",
      actions: ["ec2-instance-connect:OpenTunnel"],
      resources: ec2Arns(scope, build, `instance-connect-endpoint/${id}`),
      conditions: {
        NumericEquals: { "ec2-instance-connect:remotePort": [String(serverOf(options).port)] },
        NumericLessThanEquals: { "ec2-instance-connect:maxTunnelDuration": ["3600"] },
      },
      why: "connects through the endpoint, to the port of the communicator only",
      unlogged: ["ec2-instance-connect:OpenTunnel"],
    },
  ];
}

/** Sessions of Session Manager: on instances of bake-ami, with the document that forwards a port, and of this caller. */
function sessionPermissions({ scope, build }: BakeScope): readonly PermissionStatement[] {
  const documents = build.map(
    (region) => `arn:${scope.partition}:ssm:${region}::document/AWS-StartPortForwardingSession`,
  );
  const own = ["ssm:ResumeSession", "ssm:TerminateSession", "ssmmessages:OpenDataChannel"];
  return [
    {
      sid: "StartSessionOnOwnInstances",
      actions: ["ssm:StartSession"],
      resources: ec2Arns(scope, build, "instance/*"),
      conditions: { StringEquals: { "ssm:resourceTag/bake-ami:owner": ["bake-ami"] } },
      why: "connects to instances of bake-ami through Session Manager",
    },
    {
      sid: "StartSessionWithDocument",
      actions: ["ssm:StartSession"],
      resources: documents,
      conditions: {},
      why: "forwards a port, and nothing else",
    },
    {
      sid: "OwnSessions",
      actions: own,
      resources: regionalArns(scope, "ssm", build, "session/${aws:userid}-*"),
      conditions: {},
      why: "uses and ends the sessions that this caller started",
      unlogged: own,
    },
    {
      sid: "ReadSessions",
      actions: ["ssm:DescribeInstanceInformation", "ssm:DescribeSessions"],
      resources: ["*"],
      conditions: inRegions(build),
      why: "reads whether the agent is connected, and finds sessions to end",
      ifDenied: "sessions are tried until one starts",
      unlogged: ["ssm:DescribeSessions"],
    },
  ];
}

/** Keys that are sent before each login. With Session Manager that of the template is sent too, as Packer does. */
function keyPermissions(
  { options, settings, scope, build }: BakeScope,
  bySession: boolean,
): readonly PermissionStatement[] {
  const isSent = options.ssh_keypair === "instance-connect" && options.communicator === "ssh";
  const isTried = bySession && Boolean(options.ssh_private_key_file) && !options.ssh_keypair_name;
  if (!isSent && !isTried) return [];
  const user = known(options.ssh_username);
  const ofTests = settings.tests?.sshUsername;
  const users = [user ?? [], ofTests ?? []].flat();
  const { StringEquals: own } = OF_OURS;
  return [
    {
      sid: "SendKeys",
      actions: ["ec2-instance-connect:SendSSHPublicKey"],
      resources: ec2Arns(scope, build, "instance/*"),
      conditions: { StringEquals: { ...own, ...(user === undefined ? {} : { "ec2:osuser": users }) } },
      why: "sends the public key before each login",
      ...(isSent ? {} : { ifDenied: "the image must have the key of the template" }),
    },
  ];
}

function passwordPermission({ scope, build }: BakeScope): PermissionStatement {
  return {
    sid: "ReadPassword",
    actions: ["ec2:GetPasswordData"],
    resources: ec2Arns(scope, build, "instance/*"),
    conditions: OF_OURS,
    why: "reads the password that Windows generates",
  };
}
