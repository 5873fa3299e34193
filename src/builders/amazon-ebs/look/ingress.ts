import { isIP } from "node:net";
import { isOwnAddress, isPrivateAddress } from "../../../core/address-ranges.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import type { BakeReading } from "../bake.js";
import { serverOf } from "../options/server.js";
import { type InstanceAccess, interfaceOf, isTunnelled } from "./access-choice.js";

/** Returns whether the bake creates a temporary security group. */
export function needsTemporaryGroup(bake: BakeReading): boolean {
  const { options } = bake;
  return !options.security_group_id && options.security_group_ids.length === 0 && !options.security_group_filter;
}

/** The addresses that may connect to the instance by SSH. */
export interface Ingress {
  readonly cidrs: readonly string[];
  /** Security groups, for example those of an EC2 Instance Connect Endpoint. */
  readonly groupIds: readonly string[];
  /** Whether it is the caller's own address, which can change. */
  readonly ofCaller: boolean;
}

/**
 * Starts to determine the addresses that may connect by SSH: the template's, else those of the run's settings, else the caller's own
 * (/32 or /128). It never allows all addresses by default. Rejects with a `BakeError` when the caller's address cannot be determined.
 * The promise need not be awaited: a bake that reuses an image needs no address.
 */
export function chooseIngress(bake: BakeReading): Promise<Ingress> {
  const ingress = findIngress(bake).then((found) => {
    bake.context.surroundings.debug(() => ingressText(bake, found));
    return found;
  });
  ingress.catch(() => undefined);
  return ingress;
}

/** Returns who may connect and why, for the debug log. */
function ingressText(bake: BakeReading, { cidrs, ofCaller }: Ingress): string {
  if (cidrs.length === 0) return "Ingress: none, because the bake needs no temporary security group with a rule";
  if (ofCaller) return `Ingress: ${cidrs.join(", ")}, the runner's public IP address`;
  const isOption = bake.options.temporary_security_group_source_cidrs.length > 0;
  return `Ingress: ${cidrs.join(", ")}, set by "${isOption ? "temporary_security_group_source_cidrs" : "ssh-source-cidrs"}"`;
}

/**
 * Returns who may connect: nobody with Session Manager; with an endpoint its security groups, and the caller if the endpoint keeps the
 * client's address; else who `chooseIngress` found. Rejects as `chooseIngress` does only where its result is needed.
 */
export async function ingressOf(
  bake: BakeReading,
  { kind, endpoint }: InstanceAccess,
  chosen: Promise<Ingress>,
): Promise<Ingress> {
  if (!isTunnelled(kind)) return chosen;
  if (!endpoint || !needsTemporaryGroup(bake)) return NONE;
  const cidrs = endpoint.keepsClientAddress ? [await callerCidr(bake)] : [];
  return { ...NONE, cidrs, groupIds: endpoint.groupIds };
}

const NONE: Ingress = { cidrs: [], groupIds: [], ofCaller: false };

async function findIngress(bake: BakeReading): Promise<Ingress> {
  const { options, context } = bake;
  const needsNone = options.communicator === "none" || isTunnelled(options.ssh_interface);
  if (!needsTemporaryGroup(bake) || needsNone) return NONE;
  const given = [options.temporary_security_group_source_cidrs, context.settings.sshSourceCidrs];
  const cidrs = given.find((list) => list.length > 0);
  if (cidrs) return { ...NONE, cidrs };
  const kind = privateInterface(bake);
  if (kind === undefined) return { ...NONE, cidrs: [await callerCidr(bake)], ofCaller: true };
  await refuseUnlessReachable(bake, kind);
  // SSH comes from the address of the route, which is known when the instance has an address. The public one may not be needed.
  return {
    ...NONE,
    cidrs: await callerCidr(bake).then(
      (cidr) => [cidr],
      (error) => noneUnlessAborted(bake, error),
    ),
    ofCaller: true,
  };
}

function noneUnlessAborted({ context }: BakeReading, error: unknown): readonly string[] {
  if (context.signal.aborted) throw error;
  context.surroundings.debug(() => messageOf(error));
  return [];
}

/** Returns the interface of the template if it is not reached by a public IPv4 address; undefined otherwise. */
function privateInterface({ options }: BakeReading): "private_ip" | "private_dns" | "ipv6" | undefined {
  const kind = interfaceOf(options);
  return kind === "private_ip" || kind === "private_dns" || kind === "ipv6" ? kind : undefined;
}

/** One address of each private range, and a global IPv6 address. They are only looked up in the routing table. */
const EXAMPLES = { private: ["10.0.0.1", "172.31.0.1", "192.168.0.1", "100.64.0.1"], ipv6: ["2600::1"] } as const;

/** Throws when SSH to the interface cannot come from any address that bake-ami could authorize. */
async function refuseUnlessReachable(bake: BakeReading, kind: "private_ip" | "private_dns" | "ipv6"): Promise<void> {
  const { context, options } = bake;
  const via = serverOf(bake.options).via;
  const hosts = via ? [via] : EXAMPLES[kind === "ipv6" ? "ipv6" : "private"];
  const routes = (await Promise.all(hosts.map((host) => context.routeTo(host)))).flatMap((route) => route ?? []);
  const sources = routes.map((route) => (via ? route.remote : route.local));
  const canMatch =
    kind === "ipv6" && !via ? sources.length > 0 : sources.some((each) => isPrivateAddress(each) || isOwnAddress(each));
  if (canMatch) return;
  const why = via
    ? `SSH comes from "${via}", whose private address is not known`
    : `the runner has no ${kind === "ipv6" ? "IPv6" : "private"} address`;
  throw new BakeError(
    `No address for the temporary security group can match with "ssh_interface": "${options.ssh_interface ?? kind}": ${why}`,
    {
      code: "no-matching-ingress",
      range: context.place(options.ssh_private_ip ? "ssh_private_ip" : "ssh_interface"),
      hint:
        'Set the address that SSH comes from with "temporary_security_group_source_cidrs" in the template or the input or flag ' +
        '"ssh-source-cidrs", or use "security_group_id". Nothing was created.',
    },
  );
}

/**
 * Returns the CIDR block that SSH to an address comes from, as the instance sees it; undefined where that is the public address of the
 * runner, or not known. On the way to a private or an IPv6 address there is no NAT to the internet.
 */
export async function routeCidr(bake: BakeReading, address: string): Promise<string | undefined> {
  const via = serverOf(bake.options).via;
  const route = await bake.context.routeTo(via ?? address);
  if (route === undefined) return undefined;
  if (!via && isIP(route.remote) === 4 && !isPrivateAddress(route.remote)) return undefined;
  const source = via ? route.remote : route.local;
  return isOwnAddress(source) ? undefined : cidrOf(source);
}

function cidrOf(address: string): string {
  return `${address}/${address.includes(":") ? 128 : 32}`;
}

/** Returns the caller's own address as a CIDR block. */
export async function callerCidr(bake: BakeReading): Promise<string> {
  const { context } = bake;
  try {
    return cidrOf(await context.callerAddress());
  } catch (cause) {
    if (context.signal.aborted) throw cause;
    throw new BakeError(`Could not determine the runner's public IP address: ${messageOf(cause)}`, {
      code: "caller-address-unknown",
      cause,
      hint:
        'Set the addresses that may connect by SSH with the input or flag "ssh-source-cidrs", or set ' +
        '"temporary_security_group_source_cidrs" or "security_group_id" in the template. Nothing was created.',
    });
  }
}
