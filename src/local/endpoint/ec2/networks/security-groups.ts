import { type Actions, type ApiCall, DONE, endDryRun, type Handler } from "../../call.js";
import type { Cloud, Region } from "../../cloud.js";
import { ACCOUNT, newId } from "../../records.js";
import { missing, refusal } from "../../wire/errors.js";
import type { FilterFields } from "../../wire/filters.js";
import { type Params, required, text, texts } from "../../wire/query.js";
import type { Members } from "../../wire/xml.js";
import { describeRows, select } from "../describe.js";
import { find } from "../ids.js";
import { ALL_OUT } from "../known-regions.js";
import { isReleased } from "../states.js";
import { tagSet, tagSpecifications, tagsFor } from "../tags.js";
import type { Rule, SecurityGroup } from "./model.js";
import { permissionItems, readRules, ruleItem, sameRule } from "./security-group-rules.js";

const createSecurityGroup: Handler = (call) => {
  const { cloud, region, params } = call;
  const name = required(params, "GroupName");
  const description = required(params, "GroupDescription");
  const vpcId = text(params, "VpcId") || region.vpc.vpcId;
  if (vpcId !== region.vpc.vpcId) throw refusal("InvalidVpcID.NotFound", `The vpc ID '${vpcId}' does not exist`);
  if (name.length > 255 || name.startsWith("sg-") || !/^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]*$/.test(name)) {
    throw refusal(
      "InvalidParameterValue",
      `Value (${name}) for parameter GroupName is invalid. Character sets beyond ASCII are not supported.`,
    );
  }
  if ([...region.securityGroups.values()].some((group) => group.name.toLowerCase() === name.toLowerCase())) {
    throw refusal("InvalidGroup.Duplicate", `The security group '${name}' already exists for VPC '${vpcId}'`);
  }
  const tags = tagSpecifications(params, ["security-group"]);
  endDryRun(call);
  const group: SecurityGroup = {
    id: newId("sg"),
    bornAt: cloud.time.now(),
    name,
    description,
    vpcId,
    ingress: [],
    egress: [{ ...ALL_OUT, id: newId("sgr") }],
    tags: tagsFor(tags, "security-group"),
  };
  region.securityGroups.set(group.id, group);
  return { return: true, groupId: group.id, securityGroupArn: arn(region, group), tagSet: tagSet(group.tags) };
};

function arn(region: Region, group: SecurityGroup): string {
  return `arn:aws:ec2:${region.name}:${ACCOUNT}:security-group/${group.id}`;
}

function groupItem(region: Region, group: SecurityGroup): Members {
  return {
    groupId: group.id,
    groupName: group.name,
    groupDescription: group.description,
    ownerId: ACCOUNT,
    vpcId: group.vpcId,
    securityGroupArn: arn(region, group),
    ipPermissions: permissionItems(group.ingress),
    ipPermissionsEgress: permissionItems(group.egress),
    tagSet: tagSet(group.tags),
  };
}

const GROUP_FILTERS: FilterFields<SecurityGroup> = {
  "group-id": (row) => row.id,
  "group-name": (row) => row.name,
  description: (row) => row.description,
  "vpc-id": (row) => row.vpcId,
  "owner-id": () => ACCOUNT,
  "ip-permission.cidr": (row) => row.ingress.map(({ source }) => (source.kind === "ipv4" ? source.value : undefined)),
  "ip-permission.from-port": (row) => row.ingress.map(({ fromPort }) => fromPort?.toString()),
  "ip-permission.to-port": (row) => row.ingress.map(({ toPort }) => toPort?.toString()),
  "ip-permission.protocol": (row) => row.ingress.map(({ protocol }) => protocol),
};

const describeSecurityGroups: Handler = (call) => {
  const { region, params } = call;
  const { ids, rows } = select(call, "security-group", region.securityGroups, "GroupId");
  const names = texts(params, "GroupName");
  for (const name of names) {
    if (!rows.some((group) => group.name === name)) {
      throw refusal(
        "InvalidGroup.NotFound",
        `The security group '${name}' does not exist in default VPC '${region.vpc.vpcId}'`,
      );
    }
  }
  const named = names.length === 0 ? rows : rows.filter((group) => names.includes(group.name));
  const selection = { rows: named, ids };
  return describeRows(call, "securityGroupInfo", selection, {
    filters: GROUP_FILTERS,
    tagsOf: (row) => row.tags,
    item: (row) => groupItem(region, row),
  });
};

/** The group a call names by its id, or by its name in the default VPC. */
function target(call: ApiCall, params: Params): SecurityGroup {
  const id = text(params, "GroupId");
  if (id) return find(call, "security-group", call.region.securityGroups, id);
  const name = text(params, "GroupName");
  if (!name) throw missing("GroupId or GroupName");
  const found = [...call.region.securityGroups.values()].find((group) => group.name === name);
  if (found === undefined) {
    throw refusal(
      "InvalidGroup.NotFound",
      `The security group '${name}' does not exist in default VPC '${call.region.vpc.vpcId}'`,
    );
  }
  return found;
}

function authorize(side: "ingress" | "egress"): Handler {
  return (call) => {
    const group = target(call, call.params);
    const rules = readRules(call);
    for (const rule of rules) {
      if (group[side].some((own) => sameRule(own, rule))) {
        const { fromPort, toPort, protocol, source } = rule;
        throw refusal(
          "InvalidPermission.Duplicate",
          `the specified rule "peer: ${source.value}, ${protocol.toUpperCase()}, from port: ${fromPort}, to port: ${toPort}, ALLOW" already exists`,
        );
      }
    }
    endDryRun(call);
    group[side] = [...group[side], ...rules];
    return { return: true, securityGroupRuleSet: rules.map((rule) => ruleItem(rule, group.id, side === "egress")) };
  };
}

function revoke(side: "ingress" | "egress"): Handler {
  return (call) => {
    const group = target(call, call.params);
    const ids = texts(call.params, "SecurityGroupRuleId");
    const rules = ids.length > 0 ? [] : readRules(call);
    const isMeant = (own: Rule): boolean => ids.includes(own.id) || rules.some((rule) => sameRule(own, rule));
    const gone = group[side].filter(isMeant);
    if (gone.length < Math.max(ids.length, rules.length)) {
      throw refusal("InvalidPermission.NotFound", "The specified rule does not exist in this security group.");
    }
    endDryRun(call);
    group[side] = group[side].filter((own) => !isMeant(own));
    return DONE;
  };
}

/** Whether something still needs a group: an instance whose interface is not deleted yet, or a rule of another group. */
function isNeeded(cloud: Cloud, region: Region, group: SecurityGroup): boolean {
  const held = [...region.instances.values()].some(
    (instance) => instance.groupIds.includes(group.id) && !isReleased(cloud, instance),
  );
  const named = [...region.securityGroups.values()].some(
    (other) => other !== group && [...other.ingress, ...other.egress].some(({ source }) => source.value === group.id),
  );
  return held || named;
}

const deleteSecurityGroup: Handler = (call) => {
  const { cloud, region, params } = call;
  const group = target(call, params);
  if (group.name === "default") {
    throw refusal("CannotDelete", `the specified group: "${group.id}" name: "default" cannot be deleted by a user`);
  }
  if (isNeeded(cloud, region, group)) {
    throw refusal("DependencyViolation", `resource ${group.id} has a dependent object`);
  }
  endDryRun(call);
  region.securityGroups.delete(group.id);
  return { return: true, groupId: group.id };
};

/** Handlers of the calls about security groups. */
export const securityGroupActions: Actions = {
  CreateSecurityGroup: createSecurityGroup,
  DescribeSecurityGroups: describeSecurityGroups,
  AuthorizeSecurityGroupIngress: authorize("ingress"),
  AuthorizeSecurityGroupEgress: authorize("egress"),
  RevokeSecurityGroupIngress: revoke("ingress"),
  RevokeSecurityGroupEgress: revoke("egress"),
  DeleteSecurityGroup: deleteSecurityGroup,
};
