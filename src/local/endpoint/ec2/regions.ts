import type { Actions, Handler } from "../call.js";
import { refusal } from "../wire/errors.js";
import type { FilterFields } from "../wire/filters.js";
import { flag, texts } from "../wire/query.js";
import { describeRows, withoutIds } from "./describe.js";
import { isEnabled, type KnownRegion, REGIONS, zonesOf } from "./known-regions.js";
import type { Zone } from "./model.js";

function optInStatus({ enabled }: KnownRegion): string {
  return enabled ? "opt-in-not-required" : "not-opted-in";
}

const REGION_FILTERS: FilterFields<KnownRegion> = {
  "region-name": (row) => row.name,
  endpoint: (row) => `ec2.${row.name}.amazonaws.com`,
  "opt-in-status": optInStatus,
};

const describeRegions: Handler = (call) => {
  const { params } = call;
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
  return describeRows(call, "regionInfo", withoutIds(rows), {
    filters: REGION_FILTERS,
    item: (row) => ({
      regionName: row.name,
      regionEndpoint: `ec2.${row.name}.amazonaws.com`,
      optInStatus: optInStatus(row),
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
