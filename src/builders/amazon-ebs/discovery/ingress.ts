import { BakeError, messageOf } from "../../../core/errors.js";
import type { Bake } from "../bake.js";

/** Returns whether the bake creates a security group of its own. */
export function needsOwnGroup(bake: Bake): boolean {
  const { options } = bake;
  return !options.security_group_id && options.security_group_ids.length === 0 && !options.security_group_filter;
}

/** Who may reach the instance by SSH. */
export interface Ingress {
  readonly cidrs: readonly string[];
  /** Whether that is the caller's own address, which may change. */
  readonly ofCaller: boolean;
}

/**
 * Starts to find the addresses that may reach the instance by SSH: the template's, else those of the run's settings, else the caller's
 * own (/32 or /128). It never opens to everyone by itself. Rejects with a `BakeError` when the caller's address cannot be known; the
 * promise may be left alone, as a bake that reuses an image needs none.
 */
export function chooseIngress(bake: Bake): Promise<Ingress> {
  const ingress = findIngress(bake);
  ingress.catch(() => undefined);
  return ingress;
}

async function findIngress(bake: Bake): Promise<Ingress> {
  const { options, context } = bake;
  if (!needsOwnGroup(bake) || options.communicator === "none") return { cidrs: [], ofCaller: false };
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
    throw new BakeError(`the address that this machine is seen from is not known: ${messageOf(cause)}`, {
      code: "caller-address-unknown",
      cause,
      hint:
        "Nothing was created. Say who may reach the instance by SSH: the input or flag ssh-source-cidrs, " +
        "temporary_security_group_source_cidrs in the template, or a security_group_id.",
    });
  }
}
