import { BlockList, isIP } from "node:net";

/** Private addresses: RFC 1918, shared address space (RFC 6598, which VPCs may use), unique local addresses (RFC 4193). */
const PRIVATE = blockList("10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 fc00::/7");

/** Addresses that are never seen by another host: loopback and link-local. */
const OWN = blockList("127.0.0.0/8 169.254.0.0/16 ::1/128 fe80::/10");

/** Returns whether the address is private: packets to it are not sent over the internet. */
export function isPrivateAddress(address: string): boolean {
  return PRIVATE.check(address, familyOf(address));
}

/** Returns whether the address is one of loopback or of a link: it says nothing about how other networks see the host. */
export function isOwnAddress(address: string): boolean {
  return OWN.check(address, familyOf(address));
}

/**
 * Addresses of the services that clouds give their instances, tasks and pods: metadata, credentials, the host's agent (EC2, ECS, EKS, Azure,
 * Google Cloud, Alibaba Cloud). The last two ranges are IPv4 addresses in IPv6 (RFC 6052).
 */
const HOST_SERVICES = blockList(
  "169.254.0.0/16 168.63.129.16/32 100.100.100.200/32 fd00:ec2::/32 fd20:ce::254/128 64:ff9b::a9fe:0/112 64:ff9b::a83f:8110/128",
);

/** Returns whether the address is one of the services of a cloud: a machine that shares the host's network must not reach the host's. */
export function isHostServiceAddress(address: string): boolean {
  return HOST_SERVICES.check(address, familyOf(address));
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}

function blockList(ranges: string): BlockList {
  const list = new BlockList();
  for (const range of ranges.split(" ")) {
    const [network = "", bits] = range.split("/");
    list.addSubnet(network, Number(bits), familyOf(network));
  }
  return list;
}
