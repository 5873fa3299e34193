import type { Params, ParamValue } from "../../wire/query.js";
import { type Answer, type Members, namedList } from "../../wire/xml.js";

/** Lists whose name in the answer is not that of the request with `Set` after it. */
const LIST_NAMES: Readonly<Record<string, string>> = {
  Ipv6Addresses: "ipv6AddressesSet",
  PrivateIpAddresses: "privateIpAddressesSet",
};

/** The data of a launch template as the answer names it: request names, in lower case at first, lists ending in `Set`. */
export function templateDataItem(data: Params): Members {
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [answerName(name, value), answerValue(value)]));
}

function answerName(name: string, value: ParamValue): string {
  const lower = name.charAt(0).toLowerCase() + name.slice(1);
  return Array.isArray(value) ? (LIST_NAMES[name] ?? `${lower}Set`) : lower;
}

function answerValue(value: ParamValue): Answer {
  if (typeof value === "string") return value;
  return isList(value) ? value.map(answerValue) : interfaceGroups(value);
}

/** In a network interface, the list of groups has another name, and so have its entries. */
function interfaceGroups(value: Params): Members {
  const { SecurityGroupId: groups, ...rest } = value;
  const data = templateDataItem(rest);
  if (groups === undefined || typeof groups === "string" || !isList(groups)) return data;
  return { ...data, groupSet: namedList("groupId", groups.map(answerValue)) };
}

function isList(value: ParamValue): value is readonly ParamValue[] {
  return Array.isArray(value);
}
