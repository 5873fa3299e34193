import { BUILD_DATA_KEYS, type BuildData } from "../../core/late.js";
import { objectOf, STRING } from "../values/types.js";
import { objectValue, stringValue, unknownValue, type Value } from "../values/value.js";

/** Build data that builders add, by type. */
const BUILDER_DATA: readonly (readonly [RegExp, readonly string[]])[] = [
  [
    /^amazon-/,
    [
      "SourceAMI",
      "SourceAMIName",
      "SourceAMICreationDate",
      "SourceAMIOwner",
      "SourceAMIOwnerName",
      "BuildRegion",
      "Device",
      "MountPath",
    ],
  ],
  [/^docker$/, ["ImageSha256", "SourceImageDigest", "SourceImageSha256"]],
  [/^(?:null|file)$/, []],
];

/** Returns `build` in provisioners and post-processors. Its attributes are unknown until the build has data. */
export function buildObject(buildName: string, builderType: string, data: BuildData | undefined): Value {
  const name = ["name", stringValue(buildName)] as const;
  if (data) {
    return objectValue([...Object.entries(data).map(([key, value]) => [key, stringValue(value)] as const), name]);
  }
  const added = BUILDER_DATA.find(([types]) => types.test(builderType))?.[1];
  // The data of other builders is unknown.
  if (!added) return unknownValue();
  return objectValue([...[...BUILD_DATA_KEYS, ...added].map((key) => [key, unknownValue(STRING)] as const), name]);
}

/** Returns `source` within a build. */
export function sourceObject(type: string, name: string): Value {
  return objectValue([
    ["type", stringValue(type)],
    ["name", stringValue(name)],
  ]);
}

/** `source` when the source is not known. */
export const ANY_SOURCE = unknownValue(
  objectOf([
    ["type", STRING],
    ["name", STRING],
  ]),
);
