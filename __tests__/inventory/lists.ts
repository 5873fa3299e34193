import { readFileSync } from "node:fs";
import type { InstalledPackage, PackageFormat, PackageList, SecurityUpdate } from "../../src/core/packages.js";
import { parsePackageList } from "../../src/inventory/listing.js";

/** Recorded output of the list command on a machine; see the names of the files. */
export function recorded(name: "debian-12" | "rocky-9"): string {
  return readFileSync(new URL(`recorded/${name}.txt`, import.meta.url), "utf8");
}

/** The list of a recorded output. */
export function recordedList(name: "debian-12" | "rocky-9"): PackageList {
  const parsed = parsePackageList(recorded(name));
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.list;
}

/** A list of `name version` or `name version arch source` each. */
export function listOf(
  packages: readonly string[],
  more: { readonly format?: PackageFormat; readonly updates?: readonly SecurityUpdate[] } = {},
): PackageList {
  return {
    format: more.format ?? "deb",
    distribution: { id: "debian", version: "12", name: "Debian 12" },
    packages: packages.map(installed),
    securityUpdates: more.updates ?? [],
  };
}

function installed(text: string): InstalledPackage {
  const [name = "", version = "", arch = "amd64", source = name] = text.split(" ");
  return { name, version, arch, source, sourceVersion: version, maintainer: "" };
}
