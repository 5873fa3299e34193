import type { Actions, Handler } from "../../call.js";
import { refusal } from "../../wire/errors.js";
import type { FilterFields } from "../../wire/filters.js";
import { EC2_PAGES } from "../../wire/paging.js";
import { text, texts } from "../../wire/query.js";
import type { Members } from "../../wire/xml.js";
import { describeRows, withoutIds } from "../describe.js";
import { zonesOf } from "../known-regions.js";
import catalogue from "./instance-types.json" with { type: "json" };

/** An instance type. */
export interface InstanceType {
  readonly name: string;
  readonly architectures: readonly string[];
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly current: boolean;
  readonly burstable: boolean;
  readonly nitro: boolean;
}

/** Types by groups of families that have all but the number of vCPUs in common. */
interface TypeCatalogue {
  /** `burstGiB` is the memory of a type of that size in a burstable family. */
  readonly sizes: Readonly<Record<string, { readonly vcpus: number; readonly burstGiB: number }>>;
  readonly groups: readonly {
    readonly families: readonly string[];
    readonly sizes: readonly string[];
    readonly architectures: readonly string[];
    /** Null for burstable families. */
    readonly gibPerVcpu: number | null;
    readonly current: boolean;
    readonly nitro: boolean;
  }[];
}

const CATALOGUE: TypeCatalogue = catalogue;

const TYPES: ReadonlyMap<string, InstanceType> = new Map(
  CATALOGUE.groups.flatMap(({ families, sizes, architectures, gibPerVcpu, current, nitro }) =>
    families.flatMap((family) =>
      sizes.map((size): [string, InstanceType] => {
        const name = `${family}.${size}`;
        const { vcpus, burstGiB } = CATALOGUE.sizes[size] ?? { vcpus: 2, burstGiB: 1 };
        const memoryMiB = 1024 * (gibPerVcpu === null ? burstGiB : vcpus * gibPerVcpu);
        return [name, { name, architectures, vcpus, memoryMiB, current, burstable: gibPerVcpu === null, nitro }];
      }),
    ),
  ),
);

/** A type by its name. Throws InvalidParameterValue for one that does not exist. */
export function instanceType(name: string): InstanceType {
  const found = TYPES.get(name);
  if (found === undefined) throw refusal("InvalidParameterValue", `Invalid value '${name}' for InstanceType.`);
  return found;
}

/** Returns whether EC2 returns the latest console output of a type: those of the Nitro System (EC2 GetConsoleOutput). */
export function hasLatestConsole(name: string): boolean {
  return instanceType(name).nitro;
}

/** The oldest zone of us-east-1 has no machines of the newer generations; a classic trap. */
function isOffered(type: InstanceType, zone: string): boolean {
  return zone !== "us-east-1e" || !type.nitro;
}

/** Throws where a type is unknown, is of another architecture than the image, or is not offered in the zone. */
export function checkInstanceType(name: string, architecture: string, zone: string): void {
  const type = instanceType(name);
  if (!type.architectures.includes(architecture)) {
    throw refusal(
      "InvalidParameterValue",
      `The architecture '${type.architectures.join(",")}' of the specified instance type does not match the architecture ` +
        `'${architecture}' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again. ` +
        "You can use 'describe-instance-types' or 'describe-images' to discover the architecture of the instance type or AMI.",
    );
  }
  if (!isOffered(type, zone)) {
    throw refusal(
      "Unsupported",
      `Your requested instance type (${name}) is not supported in your requested Availability Zone (${zone}). ` +
        "Please retry your request by not specifying an Availability Zone or choosing another one.",
    );
  }
}

const TYPE_FILTERS: FilterFields<InstanceType> = {
  "instance-type": (row) => row.name,
  "current-generation": (row) => row.current,
  "burstable-performance-supported": (row) => row.burstable,
  "processor-info.supported-architecture": (row) => row.architectures,
  "supported-root-device-type": () => "ebs",
  "supported-virtualization-type": () => "hvm",
  "supported-usage-class": () => ["on-demand", "spot"],
  "vcpu-info.default-vcpus": (row) => row.vcpus,
  "memory-info.size-in-mib": (row) => row.memoryMiB,
  "bare-metal": (row) => row.name.endsWith(".metal"),
  hypervisor: (row) => (row.nitro ? "nitro" : "xen"),
};

function typeItem(type: InstanceType): Members {
  const metal = type.name.endsWith(".metal");
  return {
    instanceType: type.name,
    currentGeneration: type.current,
    freeTierEligible: type.name === "t2.micro" || type.name === "t3.micro",
    supportedUsageClasses: ["on-demand", "spot"],
    supportedRootDeviceTypes: ["ebs"],
    supportedVirtualizationTypes: ["hvm"],
    bareMetal: metal,
    hypervisor: metal ? undefined : type.nitro ? "nitro" : "xen",
    processorInfo: { supportedArchitectures: type.architectures },
    vCpuInfo: { defaultVCpus: type.vcpus },
    memoryInfo: { sizeInMiB: type.memoryMiB },
    instanceStorageSupported: false,
    ebsInfo: {
      ebsOptimizedSupport: type.nitro ? "default" : "unsupported",
      encryptionSupport: "supported",
      nvmeSupport: type.nitro ? "required" : "unsupported",
    },
    networkInfo: {
      maximumNetworkInterfaces: 2,
      ipv6Supported: true,
      enaSupport: type.nitro ? "required" : "supported",
    },
    burstablePerformanceSupported: type.burstable,
    supportedBootModes: type.nitro ? ["legacy-bios", "uefi"] : ["legacy-bios"],
    supportedInRegion: true,
  };
}

const describeInstanceTypes: Handler = (call) => {
  const names = texts(call.params, "InstanceType");
  const rows = names.length === 0 ? [...TYPES.values()] : names.map(named);
  const pages = { ...EC2_PAGES, most: 100, usual: 100 };
  return describeRows(call, "instanceTypeSet", { rows, ids: names }, { filters: TYPE_FILTERS, pages, item: typeItem });
};

function named(name: string): InstanceType {
  const found = TYPES.get(name);
  if (found === undefined) {
    throw refusal("InvalidInstanceType", `The following supplied instance types do not exist: [${name}]`);
  }
  return found;
}

interface Offering {
  readonly instanceType: string;
  readonly locationType: string;
  readonly location: string;
}

/** A Local Zone and a Wavelength Zone that the account has opted in to. They have no default subnet. */
const LOCAL_ZONES = ["-bos-1a", "-wl1-bos-wlz-1"];

const describeInstanceTypeOfferings: Handler = (call) => {
  const { params, region } = call;
  const locationType = text(params, "LocationType") || "region";
  const zones = zonesOf(region.name);
  const places: Readonly<Record<string, readonly { readonly place: string; readonly zone: string }[]>> = {
    region: [{ place: region.name, zone: "" }],
    "availability-zone": [
      ...LOCAL_ZONES.map((suffix) => ({ place: `${region.name}${suffix}`, zone: region.name })),
      ...zones.map((zone) => ({ place: zone.name, zone: zone.name })),
    ],
    "availability-zone-id": zones.map((zone) => ({ place: zone.id, zone: zone.name })),
  };
  const rows = [...TYPES.values()].flatMap((type): Offering[] =>
    (places[locationType] ?? [])
      .filter(({ zone }) => isOffered(type, zone))
      .map(({ place }) => ({ instanceType: type.name, locationType, location: place })),
  );
  return describeRows(call, "instanceTypeOfferingSet", withoutIds(rows), {
    filters: { "instance-type": (row) => row.instanceType, location: (row) => row.location },
    pages: { ...EC2_PAGES, usual: 1000 },
    item: (row) => ({ ...row }),
  });
};

/** DescribeSpotPriceHistory: an invented price by size, slightly different in each zone. */
const describeSpotPriceHistory: Handler = (call) => {
  const { cloud, params, region } = call;
  const names = texts(params, "InstanceType");
  const zone = text(params, "AvailabilityZone");
  const now = new Date(cloud.time.now()).toISOString();
  const products = texts(params, "ProductDescription");
  const rows = (names.length === 0 ? ["m5.large"] : names).flatMap((name) =>
    zonesOf(region.name)
      .filter((place) => (zone ? place.name === zone : true) && isOffered(named(name), place.name))
      .map((place, index) => ({
        instanceType: name,
        productDescription: products[0] ?? "Linux/UNIX",
        spotPrice: (named(name).vcpus * 0.016 + index * 0.001).toFixed(6),
        timestamp: now,
        availabilityZone: place.name,
      })),
  );
  return describeRows(call, "spotPriceHistorySet", withoutIds(rows), {
    filters: {
      "instance-type": (row) => row.instanceType,
      "availability-zone": (row) => row.availabilityZone,
      "product-description": (row) => row.productDescription,
      "spot-price": (row) => row.spotPrice,
      timestamp: (row) => row.timestamp,
    },
    pages: { ...EC2_PAGES, least: 1 },
    item: (row) => row,
  });
};

/** Handlers of the calls about instance types and their prices. */
export const instanceTypeActions: Actions = {
  DescribeInstanceTypes: describeInstanceTypes,
  DescribeInstanceTypeOfferings: describeInstanceTypeOfferings,
  DescribeSpotPriceHistory: describeSpotPriceHistory,
};
