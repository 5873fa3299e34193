import { stockId } from "../../records.js";
import { publicParameter, type SsmParameter } from "../../ssm/model.js";
import type { Image } from "../model.js";
import catalogue from "./stock-images.json" with { type: "json" };

/** What differs between stock images; the rest is the same for all. */
export interface StockFacts {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly ownerAlias?: string | undefined;
  readonly architecture: string;
  readonly rootDeviceName: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly deprecateAt?: number | undefined;
  readonly volumeType: string;
  /** GiB. */
  readonly volumeSize: number;
  readonly imdsSupport?: string | undefined;
  readonly platform?: "windows" | undefined;
  readonly description: string;
}

/** A public image that the local cloud has from the start. */
export function stockImage(facts: StockFacts): Image {
  const { volumeType, volumeSize, ...rest } = facts;
  return {
    ownerAlias: undefined,
    deprecateAt: undefined,
    imdsSupport: undefined,
    platform: undefined,
    ...rest,
    failure: undefined,
    tpmSupport: undefined,
    sourceImageId: undefined,
    sourceImageRegion: undefined,
    sourceInstanceId: undefined,
    bornAt: 0,
    readyAt: 0,
    mappedAt: 0,
    capturing: false,
    stock: true,
    virtualizationType: "hvm",
    enaSupport: true,
    sriovNetSupport: "simple",
    bootMode: facts.architecture === "arm64" ? "uefi" : "uefi-preferred",
    mappings: [
      {
        deviceName: facts.rootDeviceName,
        ebs: {
          snapshotId: stockId("snap", facts.id),
          volumeSize,
          volumeType,
          encrypted: false,
          kmsKeyId: undefined,
          deleteOnTermination: true,
          iops: volumeType === "gp3" ? 3000 : undefined,
          throughput: volumeType === "gp3" ? 125 : undefined,
        },
        virtualName: undefined,
        noDevice: false,
      },
    ],
    permissions: [{ group: "all" }],
    protection: "disabled",
    disabled: false,
    tags: new Map(),
    layers: [],
    sourceName: facts.name,
    fastLaunch: undefined,
  };
}

/**
 * A public image that the local cloud has in each region. `ARCH` in its texts is replaced by the architecture as its publisher
 * writes it.
 */
interface CatalogueEntry {
  readonly owner: string;
  readonly ownerAlias?: string;
  readonly name: string;
  /** Architectures of EC2 by the word that replaces `ARCH`. */
  readonly architectures: Readonly<Record<string, string | undefined>>;
  readonly rootDeviceName: string;
  /** A date, as `2026-09-20`. */
  readonly created: string;
  /** A date; most images have none, so that templates of any age find theirs. */
  readonly deprecated?: string;
  readonly volumeType: string;
  /** GiB. */
  readonly volumeSize: number;
  readonly imdsSupport?: string;
  readonly platform?: string;
  /** The name unless set. */
  readonly description?: string;
  /** Names of the public parameters that hold its id. */
  readonly parameters: readonly string[];
}

/** Of those with the same public parameter, the newest comes last. */
const CATALOGUE: readonly CatalogueEntry[] = catalogue;

interface StockImage {
  readonly image: Image;
  readonly parameters: readonly string[];
}

function imagesOf(entry: CatalogueEntry, region: string): readonly StockImage[] {
  const day = (date: string): number => Date.parse(`${date}T06:00:00.000Z`);
  return Object.entries(entry.architectures).flatMap(([word, architecture]) => {
    if (architecture === undefined) return [];
    const name = entry.name.replace("ARCH", word);
    const image = stockImage({
      id: stockId("ami", region, name),
      name,
      owner: entry.owner,
      ownerAlias: entry.ownerAlias,
      architecture,
      rootDeviceName: entry.rootDeviceName,
      createdAt: day(entry.created),
      deprecateAt: entry.deprecated === undefined ? undefined : day(entry.deprecated),
      volumeType: entry.volumeType,
      volumeSize: entry.volumeSize,
      imdsSupport: entry.imdsSupport,
      platform: entry.platform === "windows" ? "windows" : undefined,
      description: (entry.description ?? name).replace("ARCH", word),
    });
    return [{ image, parameters: entry.parameters.map((path) => path.replace("ARCH", word)) }];
  });
}

/** The images a region has from the start. Their ids are the same in each run. */
export function stockImages(region: string): readonly Image[] {
  return CATALOGUE.flatMap((entry) => imagesOf(entry, region).map(({ image }) => image));
}

/** The public parameters that name a region's stock images; of several images, the last listed. */
export function stockParameters(region: string): Map<string, SsmParameter> {
  const found = new Map<string, SsmParameter>();
  for (const { image, parameters } of CATALOGUE.flatMap((entry) => imagesOf(entry, region))) {
    for (const name of parameters) found.set(name, publicParameter(name, image.id, image.createdAt));
  }
  return found;
}
