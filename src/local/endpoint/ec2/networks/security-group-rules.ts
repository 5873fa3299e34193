import { isIPv4, isIPv6 } from "node:net";
import type { ApiCall } from "../../call.js";
import { ACCOUNT, newId } from "../../records.js";
import { invalid, missing, refusal } from "../../wire/errors.js";
import { groups, integer, type Params, text } from "../../wire/query.js";
import type { Members } from "../../wire/xml.js";
import type { Rule, RuleSource } from "./model.js";

/** The rules that an Authorize or Revoke call names, in either of its forms. Throws for a bad range or port. */
export function readRules(call: ApiCall): readonly Rule[] {
  const { params } = call;
  const permissions = groups(params, "IpPermissions");
  const rules = permissions.length > 0 ? permissions.flatMap(permissionRules) : shortForm(params);
  if (rules.length === 0) throw missing("ipPermissions");
  for (const rule of rules) checkRule(rule);
  return rules;
}

function shortForm(params: Params): readonly Rule[] {
  const cidr = text(params, "CidrIp");
  return cidr === undefined ? [] : [newRule(params, { kind: "ipv4", value: cidr })];
}

function permissionRules(permission: Params): readonly Rule[] {
  const sources: readonly [string, string, RuleSource["kind"]][] = [
    ["IpRanges", "CidrIp", "ipv4"],
    ["Ipv6Ranges", "CidrIpv6", "ipv6"],
    ["Groups", "GroupId", "group"],
    ["PrefixListIds", "PrefixListId", "prefix-list"],
  ];
  return sources.flatMap(([list, member, kind]) =>
    groups(permission, list).map((entry) =>
      newRule(permission, { kind, value: text(entry, member) ?? "" }, text(entry, "Description")),
    ),
  );
}

function newRule(params: Params, source: RuleSource, description?: string): Rule {
  const fromPort = integer(params, "FromPort");
  const toPort = integer(params, "ToPort");
  return {
    id: newId("sgr"),
    protocol: (text(params, "IpProtocol") ?? "-1").toLowerCase(),
    fromPort,
    toPort,
    source,
    description: description || undefined,
  };
}

function checkRule({ source, protocol, fromPort, toPort }: Rule): void {
  const [address = "", prefix = ""] = source.value.split("/");
  const bits = /^\d+$/.test(prefix) ? Number(prefix) : -1;
  const fits = source.kind === "ipv4" ? isIPv4(address) && bits <= 32 : isIPv6(address) && bits <= 128;
  if ((source.kind === "ipv4" || source.kind === "ipv6") && (!fits || bits < 0)) {
    throw refusal("InvalidParameterValue", `CIDR block ${source.value} is malformed`);
  }
  if (protocol === "tcp" || protocol === "udp") {
    if (fromPort === undefined || toPort === undefined || fromPort < 0 || toPort > 65_535 || fromPort > toPort) {
      throw invalid("portRange", `${fromPort}-${toPort}`, "Must specify both from and to ports with TCP/UDP.");
    }
  }
}

/** Whether two rules let the same traffic pass. */
export function sameRule(one: Rule, other: Rule): boolean {
  return (
    one.protocol === other.protocol &&
    one.fromPort === other.fromPort &&
    one.toPort === other.toPort &&
    one.source.kind === other.source.kind &&
    one.source.value === other.source.value
  );
}

/** Rules in a response of DescribeSecurityGroups: those of one protocol and port range together. */
export function permissionItems(rules: readonly Rule[]): readonly Members[] {
  const ranges = new Map<string, Rule[]>();
  for (const rule of rules) {
    const key = `${rule.protocol} ${rule.fromPort} ${rule.toPort}`;
    ranges.set(key, [...(ranges.get(key) ?? []), rule]);
  }
  return [...ranges.values()].map((together) => {
    const of = (kind: RuleSource["kind"], member: string): readonly Members[] =>
      together
        .filter(({ source }) => source.kind === kind)
        .map(({ source, description }) => ({ [member]: source.value, description }));
    return {
      ipProtocol: together[0]?.protocol,
      fromPort: together[0]?.fromPort,
      toPort: together[0]?.toPort,
      groups: of("group", "groupId").map((group) => ({ userId: ACCOUNT, ...group })),
      ipRanges: of("ipv4", "cidrIp"),
      ipv6Ranges: of("ipv6", "cidrIpv6"),
      prefixListIds: of("prefix-list", "prefixListId"),
    };
  });
}

/** A rule in a response of AuthorizeSecurityGroupIngress. */
export function ruleItem(rule: Rule, groupId: string, isEgress: boolean): Members {
  return {
    securityGroupRuleId: rule.id,
    groupId,
    groupOwnerId: ACCOUNT,
    isEgress,
    ipProtocol: rule.protocol,
    fromPort: rule.fromPort ?? -1,
    toPort: rule.toPort ?? -1,
    cidrIpv4: rule.source.kind === "ipv4" ? rule.source.value : undefined,
    cidrIpv6: rule.source.kind === "ipv6" ? rule.source.value : undefined,
    prefixListId: rule.source.kind === "prefix-list" ? rule.source.value : undefined,
    referencedGroupInfo: rule.source.kind === "group" ? { groupId: rule.source.value, userId: ACCOUNT } : undefined,
    description: rule.description,
  };
}
