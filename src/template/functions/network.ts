import { listOf, NUMBER, STRING } from "../values/types.js";
import { listValue, stringValue, type Value } from "../values/value.js";
import { integerOf, textOf } from "./arguments.js";
import { formatAddress, formatPrefix, hostAt, maskOf, type Prefix, parsePrefix, subnetAt } from "./cidr.js";
import { type FunctionDefinition, fail, fixed, param } from "./definition.js";

const prefix = param("prefix", STRING);

/** Functions of IP prefixes (Packer §2.5). */
export const NETWORK: Readonly<Record<string, FunctionDefinition>> = {
  cidrhost: fixed(STRING, [prefix, param("hostnum", NUMBER)], (args) =>
    stringValue(hostAt(prefixOf(args), integerOf(args, 1))),
  ),
  cidrnetmask: fixed(STRING, [prefix], (args) =>
    stringValue(formatAddress(maskOf(prefixOf(args)), prefixOf(args).bits)),
  ),
  cidrsubnet: fixed(STRING, [prefix, param("newbits", NUMBER), param("netnum", NUMBER)], (args) =>
    stringValue(formatPrefix(subnetAt(prefixOf(args), newBits(args, 1), integerOf(args, 2)))),
  ),
  cidrsubnets: fixed(listOf(STRING), [prefix], subnets, param("newbits", NUMBER)),
};

function prefixOf(args: readonly Value[]): Prefix {
  return (
    parsePrefix(textOf(args, 0)) ?? fail(`not an address with a prefix length: ${JSON.stringify(textOf(args, 0))}`, 0)
  );
}

function newBits(args: readonly Value[], index: number): number {
  const bits = integerOf(args, index);
  return bits > 32 ? fail("may not extend prefix by more than 32 bits", index) : bits;
}

/** Prefixes one after the other, each as long as asked. */
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
