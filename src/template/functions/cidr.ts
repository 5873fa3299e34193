import ipaddr from "ipaddr.js";
import { fail } from "./definition.js";

/** An IP network: its first address as a number, its length, and the number of bits of an address (32 or 128). */
export interface Prefix {
  readonly network: bigint;
  readonly length: number;
  readonly bits: 32 | 128;
}

const IPV4 = /^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/;

/** `10.1.2.3/8` or `fd00::/64`; bits after the prefix are dropped. Undefined when it is neither. */
export function parsePrefix(text: string): Prefix | undefined {
  const [, address = "", digits = ""] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  if (address.includes("%") || !ipaddr.isValid(address) || (!address.includes(":") && !IPV4.test(address)))
    return undefined;
  const bytes = ipaddr.parse(address).toByteArray();
  const bits = bytes.length === 4 ? 32 : 128;
  const length = Number(digits);
  if (length > bits) return undefined;
  const value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const prefix: Prefix = { network: 0n, length, bits };
  return { ...prefix, network: value & maskOf(prefix) };
}

export function maskOf(prefix: Prefix): bigint {
  const all = (1n << BigInt(prefix.bits)) - 1n;
  return all ^ ((1n << BigInt(prefix.bits - prefix.length)) - 1n);
}

/** An address as Go writes it: IPv6 shortened, IPv4 within IPv6 as IPv4. */
export function formatAddress(value: bigint, bits: 32 | 128): string {
  const bytes = Array.from({ length: bits / 8 }, (_, i) => Number((value >> BigInt(bits - 8 * (i + 1))) & 0xffn));
  const address = ipaddr.fromByteArray(bytes);
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()) return address.toIPv4Address().toString();
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
}

export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(prefix.network, prefix.bits)}/${prefix.length}`;
}

/** Address `number` of the network; negative ones count from its end. Throws `FunctionError`. */
export function hostAt(prefix: Prefix, number: number): string {
  const room = 1n << BigInt(prefix.bits - prefix.length);
  const wanted = BigInt(number);
  const offset = wanted < 0n ? room + wanted : wanted;
  if (offset < 0n || offset >= room)
    fail(`prefix of ${prefix.length} does not accommodate a host numbered ${number}`, 1);
  return formatAddress(prefix.network + offset, prefix.bits);
}

/** Subnet `number` of those that are `newBits` longer. Throws `FunctionError`. */
export function subnetAt(prefix: Prefix, newBits: number, number: number): Prefix {
  const length = prefix.length + newBits;
  if (newBits < 0) fail("the prefix must not become shorter", 1);
  if (length > prefix.bits) fail(`insufficient address space to extend prefix of ${prefix.length} by ${newBits}`, 1);
  const index = BigInt(number);
  if (index < 0n || index >= 1n << BigInt(newBits))
    fail(`prefix extension of ${newBits} does not accommodate a subnet numbered ${number}`, 2);
  return { ...prefix, length, network: prefix.network | (index << BigInt(prefix.bits - length)) };
}
