import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Artifact, artifactId } from "../core/artifact.js";
import type { PackageList } from "../core/packages.js";
import type { PartContext } from "../core/parts.js";

/** Absolute paths of what was written. */
export interface PackageFiles {
  readonly file: string;
  readonly sbom: string;
}

/**
 * Writes `BUILD.packages.json` and `BUILD.cdx.json` (CycloneDX) into a folder, which is made. Rejects as the file system does.
 * The library that writes bills of materials is loaded only here.
 */
export async function writePackageFiles(
  list: PackageList,
  artifact: Artifact,
  folder: string,
  { identity, surroundings }: PartContext,
): Promise<PackageFiles> {
  const { billOfMaterials } = await import("./sbom.js");
  const name = fileName(identity.name);
  const image = imageOf(artifact);
  const files = { file: join(folder, `${name}.packages.json`), sbom: join(folder, `${name}.cdx.json`) };
  const bill = billOfMaterials(list, {
    ...image,
    uuid: surroundings.ids.uuid(),
    at: surroundings.clock.now(),
  });
  await mkdir(folder, { recursive: true });
  await writeFile(files.file, `${JSON.stringify({ image: artifactId(artifact), ...list }, undefined, 2)}\n`);
  await writeFile(files.sbom, bill);
  return files;
}

function imageOf(artifact: Artifact) {
  if (artifact.kind !== "ami") return { kind: "container", name: artifactId(artifact), properties: [] } as const;
  const properties = artifact.images.map(({ region, imageId }) => ({ name: `bake-ami:ami:${region}`, value: imageId }));
  return { kind: "machine-image", name: artifact.imageName, properties } as const;
}

/** The build's name; one that holds what a file's name should not is told apart by a hash. */
function fileName(build: string): string {
  const plain = build.replace(/[^\w.-]+/g, "-").replace(/^\.+/, "");
  if (plain === build) return plain;
  return `${plain}-${createHash("sha256").update(build).digest("hex").slice(0, 8)}`;
}
