import { BakeError, messageOf } from "../../../core/errors.js";
import type { Bake } from "../bake.js";

/** Returns whether the bake creates a temporary security group. */
export function needsTemporaryGroup(bake: Bake): boolean {
  const { options } = bake;
  return !options.security_group_id && options.security_group_ids.length === 0 && !options.security_group_filter;
}

/** The addresses that may connect to the instance by SSH. */
export interface Ingress {
  readonly cidrs: readonly string[];
  /** Whether it is the caller's own address, which can change. */
  readonly ofCaller: boolean;
}

/**
 * Starts to determine the addresses that may connect by SSH: the template's, else those of the run's settings, else the caller's own
 * (/32 or /128). It never allows all addresses by default. Rejects with a `BakeError` when the caller's address cannot be determined.
 * The promise need not be awaited: a bake that reuses an image needs no address.
 */
export function chooseIngress(bake: Bake): Promise<Ingress> {
  const ingress = findIngress(bake).then((found) => {
    bake.context.surroundings.debug(() => ingressText(bake, found));
    return found;
  });
  ingress.catch(() => undefined);
  return ingress;
}

/** Returns who may connect and why, for the debug log. */
function ingressText(bake: Bake, { cidrs, ofCaller }: Ingress): string {
  if (cidrs.length === 0) return "Ingress: none, because the bake needs no temporary security group with a rule";
  if (ofCaller) return `Ingress: ${cidrs.join(", ")}, the runner's public IP address`;
  const isOption = bake.options.temporary_security_group_source_cidrs.length > 0;
  return `Ingress: ${cidrs.join(", ")}, set by "${isOption ? "temporary_security_group_source_cidrs" : "ssh-source-cidrs"}"`;
}

async function findIngress(bake: Bake): Promise<Ingress> {
  const { options, context } = bake;
  if (!needsTemporaryGroup(bake) || options.communicator === "none") return { cidrs: [], ofCaller: false };
  const given = [options.temporary_security_group_source_cidrs, context.settings.sshSourceCidrs];
  const cidrs = given.find((list) => list.length > 0);
  return cidrs ? { cidrs, ofCaller: false } : { cidrs: [await callerCidr(bake)], ofCaller: true };
}

/** Returns the caller's own address as a CIDR block. */
export async function callerCidr(bake: Bake): Promise<string> {
  const { context } = bake;
  try {
    const address = await context.callerAddress();
    return `${address}/${address.includes(":") ? 128 : 32}`;
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
