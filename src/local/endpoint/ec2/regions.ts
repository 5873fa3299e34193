import type { Actions, Handler } from "../call.js";
import { refusal } from "../wire/errors.js";
import { type FilterFields, filtered } from "../wire/filters.js";
import { flag, texts } from "../wire/query.js";

/** An availability zone. */
export interface Zone {
  readonly name: string;
  readonly id: string;
}

interface RegionFacts {
  readonly name: string;
  /** First letters of its zone ids. */
  readonly zoneId: string;
  readonly zones: string;
  readonly optIn: "opt-in-not-required" | "not-opted-in";
}

function on(name: string, zoneId: string, zones: string): RegionFacts {
  return { name, zoneId, zones, optIn: "opt-in-not-required" };
}

function off(name: string, zoneId: string): RegionFacts {
  return { name, zoneId, zones: "abc", optIn: "not-opted-in" };
}

const REGIONS: readonly RegionFacts[] = [
  on("us-east-1", "use1", "abcdef"),
  on("us-east-2", "use2", "abc"),
  on("us-west-1", "usw1", "ac"),
  on("us-west-2", "usw2", "abcd"),
  on("ca-central-1", "cac1", "abd"),
  on("sa-east-1", "sae1", "abc"),
  on("eu-central-1", "euc1", "abc"),
  on("eu-west-1", "euw1", "abc"),
  on("eu-west-2", "euw2", "abc"),
  on("eu-west-3", "euw3", "abc"),
  on("eu-north-1", "eun1", "abc"),
  on("ap-south-1", "aps1", "abc"),
  on("ap-northeast-1", "apne1", "acd"),
  on("ap-northeast-2", "apne2", "abcd"),
  on("ap-northeast-3", "apne3", "abc"),
  on("ap-southeast-1", "apse1", "abc"),
  on("ap-southeast-2", "apse2", "abc"),
  off("af-south-1", "afs1"),
  off("ap-east-1", "ape1"),
  off("ap-south-2", "aps2"),
  off("ap-southeast-3", "apse3"),
  off("ap-southeast-4", "apse4"),
  off("ca-west-1", "caw1"),
  off("eu-central-2", "euc2"),
  off("eu-south-1", "eus1"),
  off("eu-south-2", "eus2"),
  off("il-central-1", "ilc1"),
  off("me-central-1", "mec1"),
  off("me-south-1", "mes1"),
];

/** The zones of a region. */
export function zonesOf(region: string): readonly Zone[] {
  const facts = REGIONS.find(({ name }) => name === region);
  return [...(facts?.zones ?? "abc")].map((letter, index) => ({
    name: `${region}${letter}`,
    id: `${facts?.zoneId ?? region}-az${index + 1}`,
  }));
}

/** Whether the account can use a region: it exists, and needs no opt-in. */
export function isEnabled(region: string): boolean {
  return REGIONS.some(({ name, optIn }) => name === region && optIn === "opt-in-not-required");
}

const REGION_FILTERS: FilterFields<RegionFacts> = {
  "region-name": (row) => row.name,
  endpoint: (row) => `ec2.${row.name}.amazonaws.com`,
  "opt-in-status": (row) => row.optIn,
};

const describeRegions: Handler = ({ params }) => {
  const names = texts(params, "RegionName");
  for (const name of names) {
    if (!REGIONS.some((facts) => facts.name === name)) {
      throw refusal("InvalidParameterValue", `Invalid region provided: [${name}]`);
    }
  }
  const all = flag(params, "AllRegions") === true || names.length > 0;
  const rows = REGIONS.filter(
    (facts) => (names.length === 0 || names.includes(facts.name)) && (all || isEnabled(facts.name)),
  );
  return {
    regionInfo: filtered(params, rows, REGION_FILTERS).map(({ name, optIn }) => ({
      regionName: name,
      regionEndpoint: `ec2.${name}.amazonaws.com`,
      optInStatus: optIn,
    })),
  };
};

const ZONE_FILTERS: FilterFields<Zone & { readonly region: string }> = {
  "zone-name": (row) => row.name,
  "zone-id": (row) => row.id,
  "region-name": (row) => row.region,
  "group-name": (row) => row.region,
  state: () => "available",
  "zone-type": () => "availability-zone",
  "opt-in-status": () => "opt-in-not-required",
};

const describeAvailabilityZones: Handler = ({ region, params }) => {
  const zones = zonesOf(region.name).map((zone) => ({ ...zone, region: region.name }));
  const names = texts(params, "ZoneName");
  const ids = texts(params, "ZoneId");
  for (const name of names) {
    if (!zones.some((zone) => zone.name === name)) {
      throw refusal("InvalidParameterValue", `Invalid availability zone: [${name}]`);
    }
  }
  const rows = zones.filter(
    (zone) => (names.length === 0 || names.includes(zone.name)) && (ids.length === 0 || ids.includes(zone.id)),
  );
  return {
    availabilityZoneInfo: filtered(params, rows, ZONE_FILTERS).map((zone) => ({
      zoneState: "available",
      optInStatus: "opt-in-not-required",
      regionName: zone.region,
      zoneName: zone.name,
      zoneId: zone.id,
      groupName: zone.region,
      networkBorderGroup: zone.region,
      zoneType: "availability-zone",
    })),
  };
};

export const regionActions: Actions = {
  DescribeRegions: describeRegions,
  DescribeAvailabilityZones: describeAvailabilityZones,
};
