import ipaddr from "ipaddr.js";
import { listOf, NUMBER, STRING } from "../values/types.js";
import { listValue, stringValue, type Value } from "../values/value.js";
import { defineFunction, type FunctionDefinition, fail, integerOf, param, textOf } from "./definition.js";

const prefix = param("prefix", STRING);

/** Functions for IP prefixes (Packer §2.5). */
export const NETWORK: Readonly<Record<string, FunctionDefinition>> = {
  cidrhost: defineFunction(STRING, [prefix, param("hostnum", NUMBER)], (args) =>
    stringValue(hostAt(prefixOf(args), integerOf(args, 1))),
  ),
  cidrnetmask: defineFunction(STRING, [prefix], (args) =>
    stringValue(formatAddress(maskOf(prefixOf(args)), prefixOf(args).bits)),
  ),
  cidrsubnet: defineFunction(STRING, [prefix, param("newbits", NUMBER), param("netnum", NUMBER)], (args) =>
    stringValue(formatPrefix(subnetAt(prefixOf(args), newBits(args, 1), integerOf(args, 2)))),
  ),
  cidrsubnets: defineFunction(listOf(STRING), [prefix], subnets, param("newbits", NUMBER)),
};

function prefixOf(args: readonly Value[]): Prefix {
  return parsePrefix(textOf(args, 0)) ?? fail(`invalid CIDR expression: ${JSON.stringify(textOf(args, 0))}`, 0);
}

function newBits(args: readonly Value[], index: number): number {
  const bits = integerOf(args, index);
  return bits > 32 ? fail("may not extend prefix by more than 32 bits", index) : bits;
}

/** Returns consecutive prefixes with the given additional bits. */
function subnets(args: readonly Value[]): Value {
  const base = prefixOf(args);
  const end = base.network + (1n << BigInt(base.bits - base.length));
  let next = base.network;
  const found = args.slice(1).map((_, i) => {
    const bits = newBits(args, i + 1);
    const length = base.length + bits;
    if (bits < 1) fail("must extend prefix by at least one bit", i + 1);
    if (length > base.bits)
      fail(
        `would extend prefix to ${length} bits, which is too long for an IPv${base.bits === 32 ? 4 : 6} address`,
        i + 1,
      );
    const size = 1n << BigInt(base.bits - length);
    const network = ((next + size - 1n) / size) * size;
    if (network + size > end) fail(`not enough address space left for a subnet with a prefix of ${length} bits`, i + 1);
    next = network + size;
    return stringValue(formatPrefix({ ...base, network, length }));
  });
  return listValue(STRING, found);
}

/** An IP network: its first address as a number, its prefix length, and the number of bits of an address (32 or 128). */
interface Prefix {
  readonly network: bigint;
  readonly length: number;
  readonly bits: 32 | 128;
}

const IPV4 = /^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/;

/** Parses `10.1.2.3/8` or `fd00::/64`. Bits after the prefix are dropped. Returns undefined when the text is not a prefix. */
function parsePrefix(text: string): Prefix | undefined {
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

function maskOf(prefix: Prefix): bigint {
  const all = (1n << BigInt(prefix.bits)) - 1n;
  return all ^ ((1n << BigInt(prefix.bits - prefix.length)) - 1n);
}

/** Formats an address as Go does: IPv6 in short form, IPv4-mapped IPv6 as IPv4. */
function formatAddress(value: bigint, bits: 32 | 128): string {
  const bytes = Array.from({ length: bits / 8 }, (_, i) => Number((value >> BigInt(bits - 8 * (i + 1))) & 0xffn));
  const address = ipaddr.fromByteArray(bytes);
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()) return address.toIPv4Address().toString();
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
}

function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(prefix.network, prefix.bits)}/${prefix.length}`;
}

/** Returns address `number` of the network. Negative numbers count from its end. Throws `FunctionError`. */
function hostAt(prefix: Prefix, number: number): string {
  const room = 1n << BigInt(prefix.bits - prefix.length);
  const index = BigInt(number);
  const offset = index < 0n ? room + index : index;
  if (offset < 0n || offset >= room)
    fail(`prefix of ${prefix.length} does not accommodate a host numbered ${number}`, 1);
  return formatAddress(prefix.network + offset, prefix.bits);
}

/** Returns subnet `number` of the subnets whose prefix is `newBits` longer. Throws `FunctionError`. */
function subnetAt(prefix: Prefix, newBits: number, number: number): Prefix {
  const length = prefix.length + newBits;
  if (newBits < 0) fail("newbits must not be negative", 1);
  if (length > prefix.bits) fail(`insufficient address space to extend prefix of ${prefix.length} by ${newBits}`, 1);
  const index = BigInt(number);
  if (index < 0n || index >= 1n << BigInt(newBits))
    fail(`prefix extension of ${newBits} does not accommodate a subnet numbered ${number}`, 2);
  return { ...prefix, length, network: prefix.network | (index << BigInt(prefix.bits - length)) };
}
