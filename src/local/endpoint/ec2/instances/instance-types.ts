import type { Actions, Handler } from "../../call.js";
import { refusal } from "../../wire/errors.js";
import { type FilterFields, filtered } from "../../wire/filters.js";
import { EC2_PAGES, page } from "../../wire/paging.js";
import { text, texts } from "../../wire/query.js";
import type { Members } from "../../wire/xml.js";
import { zonesOf } from "../regions.js";

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

/** vCPUs and, for burstable families, GiB of a size. */
const SIZES: Readonly<Record<string, { readonly vcpus: number; readonly burstGiB: number }>> = {
  nano: { vcpus: 2, burstGiB: 0.5 },
  micro: { vcpus: 2, burstGiB: 1 },
  small: { vcpus: 2, burstGiB: 2 },
  medium: { vcpus: 2, burstGiB: 4 },
  large: { vcpus: 2, burstGiB: 8 },
  xlarge: { vcpus: 4, burstGiB: 16 },
  "2xlarge": { vcpus: 8, burstGiB: 32 },
  "4xlarge": { vcpus: 16, burstGiB: 64 },
  "8xlarge": { vcpus: 32, burstGiB: 128 },
  "9xlarge": { vcpus: 36, burstGiB: 144 },
  "12xlarge": { vcpus: 48, burstGiB: 192 },
  "16xlarge": { vcpus: 64, burstGiB: 256 },
  "24xlarge": { vcpus: 96, burstGiB: 384 },
  metal: { vcpus: 96, burstGiB: 384 },
};

const BURST = ["nano", "micro", "small", "medium", "large", "xlarge", "2xlarge"];
const BIG = [
  "large",
  "xlarge",
  "2xlarge",
  "4xlarge",
  "8xlarge",
  "9xlarge",
  "12xlarge",
  "16xlarge",
  "24xlarge",
  "metal",
];

/** Families by what their types have in common; the ratio is GiB per vCPU. */
const FAMILIES: readonly {
  readonly names: string;
  readonly ratio: number;
  readonly arch: "x86_64" | "arm64";
  readonly sizes: readonly string[];
  readonly age: "old" | "current";
}[] = [
  { names: "t1", ratio: 1, arch: "x86_64", sizes: ["micro"], age: "old" },
  { names: "m1 m2 m3", ratio: 4, arch: "x86_64", sizes: ["small", "medium", ...BIG.slice(0, 4)], age: "old" },
  { names: "c1 c3", ratio: 2, arch: "x86_64", sizes: ["medium", ...BIG.slice(0, 5)], age: "old" },
  { names: "t2", ratio: 0, arch: "x86_64", sizes: BURST, age: "old" },
  { names: "m4 r3 r4 i3 d2 g3 p2 p3 x1", ratio: 8, arch: "x86_64", sizes: BIG, age: "old" },
  { names: "c4", ratio: 2, arch: "x86_64", sizes: BIG, age: "old" },
  { names: "t3 t3a", ratio: 0, arch: "x86_64", sizes: BURST, age: "current" },
  { names: "t4g", ratio: 0, arch: "arm64", sizes: BURST, age: "current" },
  {
    names: "m5 m5a m5d m5n m5zn m6a m6i m6id m7a m7i m7i-flex m8a m8i g4dn g5 g6 i4i",
    ratio: 4,
    arch: "x86_64",
    sizes: BIG,
    age: "current",
  },
  {
    names: "c5 c5a c5d c5n c6a c6i c6id c7a c7i c7i-flex c8a c8i",
    ratio: 2,
    arch: "x86_64",
    sizes: BIG,
    age: "current",
  },
  { names: "r5 r5a r5d r6a r6i r7a r7i r8i z1d", ratio: 8, arch: "x86_64", sizes: BIG, age: "current" },
  { names: "m6g m6gd m7g m7gd m8g a1", ratio: 4, arch: "arm64", sizes: ["medium", ...BIG], age: "current" },
  { names: "c6g c6gd c6gn c7g c7gn c8g", ratio: 2, arch: "arm64", sizes: ["medium", ...BIG], age: "current" },
  { names: "r6g r6gd r7g r8g x2gd", ratio: 8, arch: "arm64", sizes: ["medium", ...BIG], age: "current" },
];

const TYPES: ReadonlyMap<string, InstanceType> = new Map(
  FAMILIES.flatMap(({ names, ratio, arch, sizes, age }) =>
    names.split(" ").flatMap((family) =>
      sizes.map((size): [string, InstanceType] => {
        const { vcpus, burstGiB } = SIZES[size] ?? { vcpus: 2, burstGiB: 1 };
        return [
          `${family}.${size}`,
          {
            name: `${family}.${size}`,
            architectures: arch === "arm64" || age === "current" ? [arch] : ["i386", "x86_64"],
            vcpus,
            memoryMiB: 1024 * (ratio === 0 ? burstGiB : vcpus * ratio),
            current: age === "current" || family === "t2",
            burstable: ratio === 0,
            nitro: age === "current",
          },
        ];
      }),
    ),
  ),
);

/** A type by its name. Throws InvalidInstanceType for one that is not there. */
export function instanceType(name: string): InstanceType {
  const found = TYPES.get(name);
  if (found === undefined) throw refusal("InvalidParameterValue", `Invalid value '${name}' for InstanceType.`);
  return found;
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

const describeInstanceTypes: Handler = ({ params }) => {
  const names = texts(params, "InstanceType");
  const rows = names.length === 0 ? [...TYPES.values()] : names.map(named);
  const found = page(params, filtered(params, rows, TYPE_FILTERS), { ...EC2_PAGES, most: 100, usual: 100 }, names);
  return { instanceTypeSet: found.rows.map(typeItem), nextToken: found.next };
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

const describeInstanceTypeOfferings: Handler = ({ params, region }) => {
  const locationType = text(params, "LocationType") || "region";
  const zones = zonesOf(region.name);
  const places: Readonly<Record<string, readonly { readonly place: string; readonly zone: string }[]>> = {
    region: [{ place: region.name, zone: "" }],
    "availability-zone": zones.map((zone) => ({ place: zone.name, zone: zone.name })),
    "availability-zone-id": zones.map((zone) => ({ place: zone.id, zone: zone.name })),
  };
  const rows = [...TYPES.values()].flatMap((type): Offering[] =>
    (places[locationType] ?? [])
      .filter(({ zone }) => isOffered(type, zone))
      .map(({ place }) => ({ instanceType: type.name, locationType, location: place })),
  );
  const fields: FilterFields<Offering> = {
    "instance-type": (row) => row.instanceType,
    location: (row) => row.location,
  };
  const found = page(params, filtered(params, rows, fields), { ...EC2_PAGES, usual: 1000 });
  return { instanceTypeOfferingSet: found.rows.map((row) => ({ ...row })), nextToken: found.next };
};

/** DescribeSpotPriceHistory: a third of a made-up price by size, the same in all zones but a little. */
const describeSpotPriceHistory: Handler = ({ cloud, params, region }) => {
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
  const fields: FilterFields<(typeof rows)[number]> = {
    "instance-type": (row) => row.instanceType,
    "availability-zone": (row) => row.availabilityZone,
    "product-description": (row) => row.productDescription,
    "spot-price": (row) => row.spotPrice,
    timestamp: (row) => row.timestamp,
  };
  const found = page(params, filtered(params, rows, fields), { ...EC2_PAGES, least: 1 });
  return { spotPriceHistorySet: found.rows, nextToken: found.next };
};

export const instanceTypeActions: Actions = {
  DescribeInstanceTypes: describeInstanceTypes,
  DescribeInstanceTypeOfferings: describeInstanceTypeOfferings,
  DescribeSpotPriceHistory: describeSpotPriceHistory,
};
