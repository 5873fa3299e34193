import type { Sandboxes } from "../sandboxes.js";
import type { SeededGroup, SeededLaunchConfiguration } from "./autoscaling/model.js";
import { stockImages, stockParameters } from "./ec2/images/stock.js";
import { DEFAULT_NETWORK, defaultGroup, defaultVpc } from "./ec2/known-regions.js";
import type {
  FleetRecord,
  Image,
  Instance,
  KeyPair,
  LaunchTemplate,
  Remembered,
  Snapshot,
  Volume,
} from "./ec2/model.js";
import type { DefaultVpc, NetworkSettings, SecurityGroup } from "./ec2/networks/model.js";
import type { InstanceProfile, PrincipalPolicies, Role } from "./iam/model.js";
import type { DataKeyRecord } from "./kms/model.js";
import { ACCOUNT } from "./records.js";
import { type AccountRules, NO_RULES } from "./rules.js";
import type { Secret } from "./secretsmanager/model.js";
import type { PortSession, SsmParameter } from "./ssm/model.js";
import type { StsSession } from "./sts/model.js";
import type { Timing } from "./times.js";

/** All that one region holds. Maps are by id, but for what is known by its name. */
export interface Region {
  readonly name: string;
  readonly vpc: DefaultVpc;
  network: NetworkSettings;
  readonly images: Map<string, Image>;
  /** Ids of images that were deregistered. */
  readonly deregistered: Set<string>;
  readonly snapshots: Map<string, Snapshot>;
  readonly volumes: Map<string, Volume>;
  readonly instances: Map<string, Instance>;
  /** By name. */
  readonly keyPairs: Map<string, KeyPair>;
  readonly securityGroups: Map<string, SecurityGroup>;
  readonly launchTemplates: Map<string, LaunchTemplate>;
  readonly fleets: Map<string, FleetRecord>;
  /** By name. */
  readonly parameters: Map<string, SsmParameter>;
  /** Sessions of Session Manager. */
  readonly portSessions: Map<string, PortSession>;
  /** By name. */
  readonly secrets: Map<string, Secret>;
  autoScalingGroups: readonly SeededGroup[];
  launchConfigurations: readonly SeededLaunchConfiguration[];
  /** KMS keys the account has here, as ids, ARNs or aliases. */
  readonly kmsKeys: Set<string>;
  /** Data keys by their ciphertext in base64. */
  readonly dataKeys: Map<string, DataKeyRecord>;
  /** The KMS key that the preferences of Session Manager set; undefined for sessions without encryption. */
  sessionKey: string | undefined;
  rules: AccountRules;
  /** What client tokens made before, by call, zone and token. */
  readonly tokens: Map<string, Remembered>;
  publicSharingBlocked: boolean;
  /** Settings of EBS: encryption by default, its key, and public snapshots. */
  readonly ebs: { encryptionByDefault: boolean; defaultKey: string; publicSnapshots: string };
}

/** The whole local cloud. */
export interface Cloud {
  readonly time: Timing;
  /** The sandboxes behind the instances; undefined when the endpoint runs alone. */
  readonly sandboxes: Sandboxes | undefined;
  /** Reports to the user, in one line, a failure that no caller sees. */
  readonly notice: (text: string) => void;
  /** The regions touched so far. */
  readonly regions: Map<string, Region>;
  /** By name. */
  readonly roles: Map<string, Role>;
  /** By name. */
  readonly profiles: Map<string, InstanceProfile>;
  /** By access key id. */
  readonly sessions: Map<string, StsSession>;
  /** Policies that are enforced, by the name of the user or `role/NAME`. A caller without an entry may do everything. */
  readonly policies: Map<string, PrincipalPolicies>;
  /** Other accounts by their ID. They share the time and the sandboxes of this one, and no resource. */
  readonly others: Map<string, Cloud>;
  /** ID of the account. */
  readonly account: string;
  /** How many instances were launched so far; addresses come from it. */
  launches: number;
  /** Whether the account uses every region: those that need an opt-in, those of other partitions, and names of later regions. */
  everyRegion: boolean;
  /** Whether every instance profile exists that a call names. */
  everyProfile: boolean;
  /** How long temporary credentials last, in seconds; undefined for as long as each call requests. */
  sessionSeconds: number | undefined;
}

/** A cloud in which nothing has been made. */
export function emptyCloud(
  time: Timing,
  sandboxes: Sandboxes | undefined,
  notice: (text: string) => void,
  account: string = ACCOUNT,
): Cloud {
  return {
    account,
    others: new Map(),
    time,
    sandboxes,
    notice,
    regions: new Map(),
    roles: new Map(),
    profiles: new Map(),
    sessions: new Map(),
    policies: new Map(),
    launches: 0,
    everyRegion: false,
    everyProfile: false,
    sessionSeconds: undefined,
  };
}

/**
 * Returns the account that an access key belongs to: a key ID with twelve digits, such as `AKIA210987654321`, is of the account with this
 * ID, and every other key of the main account.
 */
export function cloudOf(main: Cloud, accessKeyId: string): Cloud {
  const id = /^AKIA(\d{12})/.exec(accessKeyId)?.[1];
  if (id === undefined || id === main.account) return main;
  const other = main.others.get(id) ?? emptyCloud(main.time, main.sandboxes, main.notice, id);
  other.everyRegion = main.everyRegion;
  other.everyProfile = main.everyProfile;
  main.others.set(id, other);
  return other;
}

/** A region with its stock images, public parameters and default network, made at the first call for it. */
export function regionOf(cloud: Cloud, name: string): Region {
  const known = cloud.regions.get(name);
  if (known !== undefined) return known;
  const vpc = defaultVpc(name);
  const group = defaultGroup(name, vpc.vpcId);
  const images = stockImages(name);
  const region: Region = {
    name,
    vpc,
    network: DEFAULT_NETWORK,
    images: new Map(images.map((image) => [image.id, image])),
    deregistered: new Set(),
    snapshots: new Map(),
    volumes: new Map(),
    instances: new Map(),
    keyPairs: new Map(),
    securityGroups: new Map([[group.id, group]]),
    launchTemplates: new Map(),
    fleets: new Map(),
    parameters: stockParameters(name),
    portSessions: new Map(),
    secrets: new Map(),
    autoScalingGroups: [],
    launchConfigurations: [],
    kmsKeys: new Set(["alias/aws/ebs"]),
    dataKeys: new Map(),
    sessionKey: undefined,
    rules: NO_RULES,
    tokens: new Map(),
    publicSharingBlocked: false,
    ebs: { encryptionByDefault: false, defaultKey: "alias/aws/ebs", publicSnapshots: "unblocked" },
  };
  cloud.regions.set(name, region);
  return region;
}
