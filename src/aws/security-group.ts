import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  type Filter,
  type IpPermission,
} from "@aws-sdk/client-ec2";
import { TAG } from "../core/ownership.js";
import { sendChange } from "./client/change.js";
import { failedAs, hasAwsCode } from "./client/errors.js";
import { PAGE_SIZE, readPages } from "./client/pages.js";
import type { CallScope } from "./client/session.js";
import { findOurs } from "./client/wait.js";
import { type Mark, type ResourceTags, toTagRecord, toTagSpecifications, withOwnTag } from "./tags.js";

/** A security group as DescribeSecurityGroups returns it. */
export interface FoundGroup {
  readonly id: string;
  readonly name: string;
  readonly vpcId: string;
  readonly tags: ResourceTags;
  readonly ingress: readonly IngressRule[];
}

/** What a group admits over TCP. */
export interface IngressRule extends IngressSources {
  readonly fromPort: number;
  readonly toPort: number;
}

/** A security group to create. */
export interface SecurityGroupSpec {
  readonly name: string;
  readonly description: string;
  /** Undefined is the default VPC. */
  readonly vpcId: string | undefined;
  readonly tags: ResourceTags;
}

/** Returns the CreateSecurityGroup request. */
export function securityGroupInput(spec: SecurityGroupSpec, marks: ResourceTags) {
  return {
    GroupName: spec.name,
    Description: spec.description,
    VpcId: spec.vpcId,
    TagSpecifications: toTagSpecifications({ "security-group": { ...spec.tags, ...marks } }),
  };
}

/** Creates a group without ingress rules, in the default VPC if none is set (EC2 CreateSecurityGroup). Returns its id. */
export async function createSecurityGroup(scope: CallScope, spec: SecurityGroupSpec, mark: Mark): Promise<string> {
  const ec2 = await scope.session.ec2(scope.region);
  try {
    const command = new CreateSecurityGroupCommand(securityGroupInput(spec, mark.tags));
    const response = await ec2.send(command, scope.signal);
    return response.GroupId ?? "";
  } catch (error) {
    if (!failedAs(error, "duplicate")) throw error;
    const ours = await findOurs(scope, spec.name, error, async () => {
      const [group] = await describeSecurityGroups(scope, [withOwnTag(TAG.key, mark.key)]);
      return group;
    });
    if (ours) return ours.id;
    throw error;
  }
}

/** Where connections may come from. */
export interface IngressSources {
  readonly cidrs: readonly string[];
  readonly groupIds: readonly string[];
}

/** Adds ingress rules for one TCP port. Waits until the group is visible; a rule that already exists is no error. */
export async function authorizeIngress(
  scope: CallScope,
  groupId: string,
  port: number,
  { cidrs, groupIds }: IngressSources,
): Promise<void> {
  const ec2 = await scope.session.ec2(scope.region);
  const Description = "bake-ami";
  const permission = {
    IpProtocol: "tcp",
    FromPort: port,
    ToPort: port,
    IpRanges: cidrs.filter((cidr) => !cidr.includes(":")).map((CidrIp) => ({ CidrIp, Description })),
    Ipv6Ranges: cidrs.filter((cidr) => cidr.includes(":")).map((CidrIpv6) => ({ CidrIpv6, Description })),
    UserIdGroupPairs: groupIds.map((GroupId) => ({ GroupId, Description })),
  };
  const command = new AuthorizeSecurityGroupIngressCommand({ GroupId: groupId, IpPermissions: [permission] });
  try {
    await sendChange(scope, ec2, command, { what: `security group ${groupId}` });
  } catch (error) {
    if (!hasAwsCode(error, "InvalidPermission.Duplicate")) throw error;
  }
}

/** Returns the groups that match the filters; all pages. */
export async function describeSecurityGroups(
  scope: CallScope,
  filters: readonly Filter[],
): Promise<readonly FoundGroup[]> {
  const ec2 = await scope.session.ec2(scope.region);
  const groups = await readPages(
    (NextToken) =>
      ec2.send(
        new DescribeSecurityGroupsCommand({ Filters: [...filters], NextToken, MaxResults: PAGE_SIZE }),
        scope.signal,
      ),
    ({ SecurityGroups }) => SecurityGroups,
  );
  return groups.map(({ GroupId: id = "", GroupName: name = "", VpcId: vpcId = "", Tags, IpPermissions }) => ({
    id,
    name,
    vpcId,
    tags: toTagRecord(Tags),
    ingress: (IpPermissions ?? []).flatMap(toIngressRule),
  }));
}

/** A rule for all protocols has no ports. */
function toIngressRule(permission: IpPermission): IngressRule[] {
  const { IpProtocol: protocol, FromPort: fromPort = 0, ToPort: toPort = 65_535 } = permission;
  if (protocol !== "tcp" && protocol !== "-1") return [];
  const v4 = (permission.IpRanges ?? []).flatMap(({ CidrIp }) => CidrIp ?? []);
  const v6 = (permission.Ipv6Ranges ?? []).flatMap(({ CidrIpv6 }) => CidrIpv6 ?? []);
  const groupIds = (permission.UserIdGroupPairs ?? []).flatMap(({ GroupId }) => GroupId ?? []);
  return [{ fromPort, toPort, cidrs: [...v4, ...v6], groupIds }];
}
