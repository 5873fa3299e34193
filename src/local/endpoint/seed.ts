import type { SeededGroup, SeededLaunchConfiguration } from "./autoscaling/model.js";
import { type Cloud, regionOf } from "./cloud.js";
import { type StockFacts, stockImage } from "./ec2/images/stock.js";
import { DEFAULT_NETWORK } from "./ec2/known-regions.js";
import type { NetworkSettings } from "./ec2/networks/model.js";
import type { AccountRules } from "./rules.js";
import { newSecret } from "./secretsmanager/model.js";

/** What the control call `seed` puts into one region. */
interface RegionSeed {
  readonly autoScalingGroups?: readonly SeededGroup[] | undefined;
  readonly launchConfigurations?: readonly SeededLaunchConfiguration[] | undefined;
  /** Values of secrets, by name. */
  readonly secrets?: Readonly<Record<string, string>> | undefined;
  /** Ids, ARNs or aliases of KMS keys. */
  readonly kmsKeys?: readonly string[] | undefined;
  /** KMS key of the preferences of Session Manager; empty for none. */
  readonly sessionKey?: string | undefined;
  /** Settings of the default VPC that differ from the usual ones. */
  readonly network?: Partial<NetworkSettings> | undefined;
  /** Rules of the account; those that are set replace earlier ones. */
  readonly rules?: Partial<AccountRules> | undefined;
  /** Public images of other owners. */
  readonly images?: readonly StockFacts[] | undefined;
}

/** The body of the control call `seed`: state that no API of the endpoint creates, or that another account owns. */
export interface Seed {
  /** By region. */
  readonly regions?: Readonly<Record<string, RegionSeed>> | undefined;
  /** How long temporary credentials last from now on, in seconds. */
  readonly sessionSeconds?: number | undefined;
}

/** Adds a seed to the state; groups and launch configurations replace earlier ones. */
export function applySeed(cloud: Cloud, seed: Seed): void {
  cloud.sessionSeconds = seed.sessionSeconds ?? cloud.sessionSeconds;
  for (const [name, wanted] of Object.entries(seed.regions ?? {})) {
    const region = regionOf(cloud, name);
    region.autoScalingGroups = wanted.autoScalingGroups ?? region.autoScalingGroups;
    region.launchConfigurations = wanted.launchConfigurations ?? region.launchConfigurations;
    for (const [secret, value] of Object.entries(wanted.secrets ?? {})) {
      region.secrets.set(secret, newSecret(name, secret, cloud.time.now(), { string: value, binary: undefined }));
    }
    for (const key of wanted.kmsKeys ?? []) region.kmsKeys.add(key);
    region.sessionKey = wanted.sessionKey === undefined ? region.sessionKey : wanted.sessionKey || undefined;
    region.network = wanted.network ? { ...DEFAULT_NETWORK, ...wanted.network } : region.network;
    region.rules = { ...region.rules, ...wanted.rules };
    for (const facts of wanted.images ?? []) region.images.set(facts.id, stockImage(facts));
  }
}

/** Reads a seed. Throws a TypeError for what is not an object. */
export function readSeed(value: unknown): Seed {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError('a seed is {"regions": {"us-east-1": {…}}, "sessionSeconds": …}');
  }
  return value;
}
