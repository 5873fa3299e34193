import { PackageURL } from "packageurl-js";
import type { InstalledPackage, PackageList } from "../core/packages.js";

/**
 * The package URL of an installed package (purl specification, types `deb` and `rpm`): the distribution as namespace, architecture,
 * distribution and its version, and the source package as qualifiers; the epoch of an RPM is a qualifier too.
 */
export function packageUrl(installed: InstalledPackage, { format, distribution }: PackageList): string {
  const { name, version, arch, source, sourceVersion } = installed;
  const [, epoch = "", rest = version] = /^(\d+):(.*)$/.exec(version) ?? [];
  const isRpm = format === "rpm";
  const qualifiers: Record<string, string> = { arch };
  if (distribution.id !== "") qualifiers.distro = [distribution.id, distribution.version].filter(Boolean).join("-");
  if (isRpm && epoch !== "") qualifiers.epoch = epoch;
  if (source !== name) qualifiers.upstream = sourceVersion === version ? source : `${source}@${sourceVersion}`;
  const namespace = distribution.id === "" ? undefined : distribution.id;
  return new PackageURL(format, namespace, name, isRpm ? rest : version, qualifiers).toString();
}
