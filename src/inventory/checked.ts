import type { InstalledPackage } from "../core/packages.js";

/** More packages than any image has are refused: what says so may lie. */
export const MOST_PACKAGES = 20_000;

/** Longest maintainer that is kept, in characters. */
const LONGEST_MAINTAINER = 200;

const NAME = /^[\w][\w.+-]{0,127}$/;
const VERSION = /^[\w.+~^:-]{1,128}$/;
const ARCH = /^[\w-]{1,32}$/;

/** Whether a text may name a package. */
export function isName(text: string): boolean {
  return NAME.test(text);
}

/** Whether a text may be a version. */
export function isVersion(text: string): boolean {
  return VERSION.test(text);
}

/**
 * What a machine or a parameter said of a package, in a list of one; empty where it cannot be the name, version or architecture of
 * any. A source that cannot be is left out.
 */
export function checkedPackage(found: InstalledPackage): readonly InstalledPackage[] {
  const { name, version, arch, source, sourceVersion, maintainer } = found;
  if (!NAME.test(name) || !VERSION.test(version) || !ARCH.test(arch)) return [];
  const known = NAME.test(source) && VERSION.test(sourceVersion);
  return [
    {
      name,
      version,
      arch,
      source: known ? source : name,
      sourceVersion: known ? sourceVersion : version,
      maintainer: maintainer.replace(/\p{C}/gu, "").slice(0, LONGEST_MAINTAINER),
    },
  ];
}
