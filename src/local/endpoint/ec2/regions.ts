import type { Actions, ApiCall, Handler } from "../call.js";
import { refusal } from "../wire/errors.js";
import type { FilterFields } from "../wire/filters.js";
import { flag, groups, text, texts } from "../wire/query.js";
import { describeRows, withoutIds } from "./describe.js";
import { type KnownRegion, looksLikeRegion, REGIONS, zonesOf } from "./known-regions.js";
import type { Zone } from "./networks/model.js";

/** A region as an account sees it. */
interface AccountRegion extends KnownRegion {
  readonly optInStatus: "opt-in-not-required" | "opted-in" | "not-opted-in";
}

/**
 * The regions of the account. An account that uses every region also has those that it used before, and those that the call names: it
 * cannot list all names that a region may have.
 */
function regionsOf({ cloud, params }: ApiCall): readonly AccountRegion[] {
  const known = REGIONS.map((facts): AccountRegion => {
    const optIn = cloud.everyRegion ? "opted-in" : "not-opted-in";
    return { ...facts, optInStatus: facts.enabled ? "opt-in-not-required" : optIn };
  });
  if (!cloud.everyRegion) return known;
  const filters = groups(params, "Filter").filter((filter) => text(filter, "Name") === "region-name");
  const named = [...texts(params, "RegionName"), ...filters.flatMap((filter) => texts(filter, "Value"))];
  const others = [...new Set([...cloud.regions.keys(), ...named])].filter(
    (name) => looksLikeRegion(name) && !REGIONS.some((facts) => facts.name === name),
  );
  return [
    ...known,
    ...others.map(
      (name): AccountRegion => ({ name, zoneId: name, zones: "abc", enabled: false, optInStatus: "opted-in" }),
    ),
  ];
}

const REGION_FILTERS: FilterFields<AccountRegion> = {
  "region-name": (row) => row.name,
  endpoint: (row) => `ec2.${row.name}.amazonaws.com`,
  "opt-in-status": (row) => row.optInStatus,
};

const describeRegions: Handler = (call) => {
  const { params } = call;
  const names = texts(params, "RegionName");
  const regions = regionsOf(call);
  for (const name of names) {
    if (!regions.some((facts) => facts.name === name)) {
      throw refusal("InvalidParameterValue", `Invalid region provided: [${name}]`);
    }
  }
  const all = flag(params, "AllRegions") === true || names.length > 0;
  const rows = regions.filter(
    (facts) => (names.length === 0 || names.includes(facts.name)) && (all || facts.optInStatus !== "not-opted-in"),
  );
  return describeRows(call, "regionInfo", withoutIds(rows), {
    filters: REGION_FILTERS,
    item: (row) => ({
      regionName: row.name,
      regionEndpoint: `ec2.${row.name}.amazonaws.com`,
      optInStatus: row.optInStatus,
    }),
  });
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

const describeAvailabilityZones: Handler = (call) => {
  const { region, params } = call;
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
  return describeRows(call, "availabilityZoneInfo", withoutIds(rows), {
    filters: ZONE_FILTERS,
    item: (zone) => ({
      zoneState: "available",
      optInStatus: "opt-in-not-required",
      regionName: zone.region,
      zoneName: zone.name,
      zoneId: zone.id,
      groupName: zone.region,
      networkBorderGroup: zone.region,
      zoneType: "availability-zone",
    }),
  });
};

/** Handlers of the calls about regions and availability zones. */
export const regionActions: Actions = {
  DescribeRegions: describeRegions,
  DescribeAvailabilityZones: describeAvailabilityZones,
};
