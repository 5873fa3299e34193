import { type Parameter, publicParameter } from "../../ssm/parameters.js";
import { stockId } from "../ids.js";
import type { Image } from "./images.js";
import { STOCK, type StockImage } from "./stock-catalogue.js";

/** What tells one image in stock from another; the rest of it is the same for all. */
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
  readonly description: string;
}

/** A public image that was there before the local cloud began. */
export function stockImage(facts: StockFacts): Image {
  const { volumeType, volumeSize, ...rest } = facts;
  return {
    ...rest,
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
          deleteOnTermination: true,
          iops: volumeType === "gp3" ? 3000 : undefined,
          throughput: volumeType === "gp3" ? 125 : undefined,
        },
      },
    ],
    permissions: [{ group: "all" }],
    protection: "disabled",
    disabled: false,
    tags: new Map(),
    layers: [],
    sourceName: facts.name,
  };
}

interface Named {
  readonly image: Image;
  readonly parameters: readonly string[];
}

function laidOut(region: string, entry: StockImage): readonly Named[] {
  const created = Date.parse(`${entry.made}T06:00:00.000Z`);
  return Object.entries(entry.arch).map(([word, architecture]) => {
    const name = entry.name.replace("ARCH", word);
    const image = stockImage({
      id: stockId("ami", region, name),
      name,
      owner: entry.owner.id,
      ownerAlias: entry.owner.alias,
      architecture,
      rootDeviceName: entry.device,
      createdAt: created,
      deprecateAt: entry.gone === undefined ? undefined : Date.parse(`${entry.gone}T06:00:00.000Z`),
      volumeType: entry.disk ?? "gp2",
      volumeSize: entry.size ?? 8,
      imdsSupport: entry.imds,
      description: (entry.description ?? name).replace("ARCH", word),
    });
    return { image, parameters: (entry.parameters ?? []).map((path) => path.replace("ARCH", word)) };
  });
}

/** The images a region has from the start. Their ids are the same in each run. */
export function stockImages(region: string): readonly Image[] {
  return STOCK.flatMap((entry) => laidOut(region, entry).map(({ image }) => image));
}

/** The public parameters that name a region's stock images; of several images, the last listed. */
export function stockParameters(region: string): Map<string, Parameter> {
  const found = new Map<string, Parameter>();
  for (const { image, parameters } of STOCK.flatMap((entry) => laidOut(region, entry))) {
    for (const name of parameters) found.set(name, publicParameter(name, image.id, image.createdAt));
  }
  return found;
}
