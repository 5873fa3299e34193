import { allEnded } from "../../../core/all-ended.js";
import type { BakeReading } from "../bake.js";
import { chooseAccess } from "./access.js";
import type { InstanceAccess } from "./access-choice.js";
import { findGivenGroups } from "./given-groups.js";
import { type Ingress, ingressOf } from "./ingress.js";
import { chooseNetwork, type LaunchNetwork } from "./network.js";

/** Where the instances of a bake are launched, how to connect to them, and who may. */
export interface InstanceRoute {
  readonly network: LaunchNetwork;
  readonly access: InstanceAccess;
  readonly admitted: Ingress;
  /** The security groups of the template; undefined where one is created. */
  readonly groupIds: readonly string[] | undefined;
}

/**
 * Returns a function that chooses the route once: for the instance of the build, or, if an image is resumed or reused, for the instances that
 * test it. `ingress` is what `chooseIngress` returned.
 */
export function routeOfBake(bake: BakeReading, ingress: Promise<Ingress>): () => Promise<InstanceRoute> {
  let chosen: Promise<InstanceRoute> | undefined;
  return () => {
    chosen ??= chooseRoute(bake, ingress);
    return chosen;
  };
}

async function chooseRoute(bake: BakeReading, ingress: Promise<Ingress>): Promise<InstanceRoute> {
  const network = await chooseNetwork(bake);
  const [access, groupIds] = await allEnded([chooseAccess(bake, network, ingress), findGivenGroups(bake, network)]);
  return { network, access, admitted: await ingressOf(bake, access, ingress), groupIds };
}
