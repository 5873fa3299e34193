import { stockId } from "../records.js";
import type { DefaultVpc, NetworkSettings, Rule, SecurityGroup, Zone } from "./networks/model.js";
import regions from "./regions.json" with { type: "json" };

/** A region of EC2, whether or not the account uses it. */
export interface KnownRegion {
  readonly name: string;
  /** First letters of its zone ids. */
  readonly zoneId: string;
  /** Last letters of its zone names. */
  readonly zones: string;
  /** Whether the account uses it without opting in. */
  readonly enabled: boolean;
}

/** All regions, by `regions.json`. */
export const REGIONS: readonly KnownRegion[] = regions;

/** The zones of a region. */
export function zonesOf(region: string): readonly Zone[] {
  const facts = REGIONS.find(({ name }) => name === region);
  return [...(facts?.zones ?? "abc")].map((letter, index) => ({
    name: `${region}${letter}`,
    id: `${facts?.zoneId ?? region}-az${index + 1}`,
  }));
}

/** Area, part of a partition such as `gov`, direction and number: `eu-west-1`, `us-gov-east-1`, `eusc-de-east-1`. */
const REGION_NAME =
  /^[a-z]{2,4}(-gov|-iso[a-z]?|-[a-z]{2})?-(central|(north|south)(east|west)?|east|west)-[1-9][0-9]?$/;

/** Whether a name has the form of a region's, of any partition. */
export function looksLikeRegion(name: string): boolean {
  return REGION_NAME.test(name);
}

/** Whether the account of a call can use a region: it needs no opt-in, or the account uses every region. */
export function isEnabled(account: { readonly everyRegion: boolean }, region: string): boolean {
  if (account.everyRegion) return looksLikeRegion(region);
  return REGIONS.some(({ name, enabled }) => name === region && enabled);
}

/** The default VPC of a region; its ids are the same in each run. */
export function defaultVpc(region: string): DefaultVpc {
  return {
    vpcId: stockId("vpc", region),
    cidr: "172.31.0.0/16",
    subnets: zonesOf(region).map((zone, index) => ({
      id: stockId("subnet", zone.name),
      zone,
      cidr: `172.31.${index * 16}.0/20`,
    })),
  };
}

/** The settings of a default VPC that nobody has changed, and an endpoint. */
export const DEFAULT_NETWORK: NetworkSettings = {
  publicAddresses: true,
  internetGateway: true,
  blockMode: "off",
  connectEndpoint: true,
  otherAddresses: [],
  managementRole: undefined,
};

/** The rule of every new security group: all outbound traffic passes. */
export const ALL_OUT: Omit<Rule, "id"> = {
  protocol: "-1",
  fromPort: undefined,
  toPort: undefined,
  source: { kind: "ipv4", value: "0.0.0.0/0" },
  description: undefined,
};

/** The group that each VPC has from the start. */
export function defaultGroup(region: string, vpcId: string): SecurityGroup {
  return {
    id: stockId("sg", region),
    bornAt: 0,
    name: "default",
    description: "default VPC security group",
    vpcId,
    ingress: [{ ...ALL_OUT, id: stockId("sgr", region), source: { kind: "group", value: stockId("sg", region) } }],
    egress: [{ ...ALL_OUT, id: stockId("sgr", region, "out") }],
    tags: new Map(),
  };
}
