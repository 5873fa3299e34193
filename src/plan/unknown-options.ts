import type { Diagnostic } from "../core/diagnostics.js";
import { BUILD_DATA_KEYS, type BuildData } from "../core/late.js";
import type { ObjectNode, OptionNode } from "../options/node.js";
import type { BuildTemplate, PartTemplate, Template } from "../template/template.js";
import type { Catalog } from "./kinds.js";

/** Returns an error for each part of the options that has no value: none may run with a placeholder. */
export function unknownOptions(node: ObjectNode): readonly Diagnostic[] {
  return unknownParts(node, "").map(({ path, range }) => ({
    severity: "error",
    code: "unknown-option-value",
    summary: `"${path}" has no known value`,
    detail: "It depends on a value that no build of this template has.",
    hint: "packer.iterationID and packer.versionFingerprint exist with HCP Packer only. Use a variable or a local value.",
    range,
  }));
}

function unknownParts(
  node: OptionNode,
  path: string,
): readonly { readonly path: string; readonly range: OptionNode["range"] }[] {
  if (node.kind === "unknown") return [{ path, range: node.range }];
  if (node.kind === "list") return node.items.flatMap((item, i) => unknownParts(item, `${path}[${i}]`));
  if (node.kind !== "object") return [];
  return node.entries.flatMap(({ key, value }) => unknownParts(value, path === "" ? key : `${path}.${key}`));
}

/**
 * Returns the errors of all options that are unknown although all data sources are read and the build has its data. Call it before a
 * bake: `validate` reads no data sources.
 */
export function unknownInTemplate({ builds }: Template, catalog: Catalog): readonly Diagnostic[] {
  return builds.flatMap((build) => unknownInBuild(build, catalog));
}

function unknownInBuild({ builder, provisioners, errorCleanup, postProcessors }: BuildTemplate, catalog: Catalog) {
  const kind = catalog.builders.get(builder.type);
  // The data of other builders is not known; their builds are refused.
  if (!kind) return [];
  const keys = [...BUILD_DATA_KEYS, ...(kind.generatedData ?? [])];
  const data: BuildData = Object.fromEntries(keys.map((key) => [key, key]));
  const parts: readonly PartTemplate[] = [
    ...provisioners,
    ...(errorCleanup ? [errorCleanup] : []),
    ...postProcessors.flat(),
  ];
  return [
    ...unknownOptions(builder.options(undefined).node),
    ...parts.flatMap((part) => unknownOptions(part.options(data).node)),
  ];
}
