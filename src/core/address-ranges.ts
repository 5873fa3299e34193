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
