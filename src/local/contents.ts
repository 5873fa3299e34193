import { loadStateDirectory } from "./state-directory.js";

/** An image that the local cloud keeps. */
export interface LocalImage {
  readonly region: string;
  readonly id: string;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** A parameter that the local cloud keeps and that names an image, as it reads now. */
export interface LocalParameter {
  readonly region: string;
  readonly name: string;
  readonly value: string;
  readonly version: number;
}

/** What earlier runs left in a state directory; both lists are empty where the directory has none. Throws as `loadStateDirectory`. */
export function localContents(directory: string): {
  readonly images: readonly LocalImage[];
  readonly parameters: readonly LocalParameter[];
} {
  const regions = loadStateDirectory(directory)?.regions ?? [];
  return {
    images: regions.flatMap(({ name: region, images }) =>
      images.map(({ id, name, createdAt }) => ({ region, id, name, createdAt })),
    ),
    parameters: regions.flatMap(({ name: region, parameters }) =>
      parameters.flatMap(({ name, versions }) => {
        const latest = versions.at(-1);
        return latest?.dataType === "aws:ec2:image"
          ? [{ region, name, value: latest.value, version: latest.version }]
          : [];
      }),
    ),
  };
}
