import type { Params, Value } from "./query.js";
import type { Answer, Members } from "./xml.js";

/** Lists whose name in the answer is not that of the request with `Set` after it. */
const LIST_NAMES: Readonly<Record<string, string>> = {
  Ipv6Addresses: "ipv6AddressesSet",
  PrivateIpAddresses: "privateIpAddressesSet",
};

/** The data of a launch template as the answer names it: request names, in lower case at first, lists ending in `Set`. */
export function templateDataItem(data: Params): Members {
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [answerName(name, value), answerValue(value)]));
}

function answerName(name: string, value: Value): string {
  const lower = name.charAt(0).toLowerCase() + name.slice(1);
  return Array.isArray(value) ? (LIST_NAMES[name] ?? `${lower}Set`) : lower;
}

function answerValue(value: Value): Answer {
  if (typeof value === "string") {
    return value;
  }
  return isList(value) ? value.map(answerValue) : interfaceGroups(value);
}

/** In a network interface, the groups are named otherwise than in the launch itself. */
function interfaceGroups(value: Params): Members {
  const { securityGroupIdSet, ...rest } = templateDataItem(value);
  return securityGroupIdSet === undefined ? rest : { ...rest, groupSet: securityGroupIdSet };
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
