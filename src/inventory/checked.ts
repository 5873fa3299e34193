import type { InstalledPackage, PackageFormat } from "../core/packages.js";

/** Maximum number of packages of a list. No real image has more, and the input is untrusted. */
export const MOST_PACKAGES = 20_000;

/** Maximum length of a maintainer, in characters. */
const LONGEST_MAINTAINER = 200;

const NAME = /^[\w][\w.+-]{0,127}$/;
const VERSION = /^[\w.+~^:-]{1,128}$/;
const ARCH = /^[\w-]{1,32}$/;

/** Returns whether a text is a valid package name. */
export function isName(text: string): boolean {
  return NAME.test(text);
}

/** Returns whether a text is a valid version. */
export function isVersion(text: string): boolean {
  return VERSION.test(text);
}

/**
 * Returns a package from untrusted input, as a list of one; empty if its name, version or architecture is invalid. An invalid source is
 * replaced by the package itself.
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

/** Longest name and version of software for Windows, in characters. */
const LONGEST_SOFTWARE = { name: 128, version: 64 } as const;

/**
 * Returns software for Windows from untrusted input, as a list of one; empty without a name. Names are those of the control panel, with
 * spaces. A missing or invalid version is `unknown`.
 */
export function checkedSoftware(found: InstalledPackage): readonly InstalledPackage[] {
  const name = plain(found.name, LONGEST_SOFTWARE.name);
  if (name === "" || !ARCH.test(found.arch)) return [];
  const text = plain(found.version, LONGEST_SOFTWARE.version).replaceAll(" ", "-");
  const version = VERSION.test(text) ? text : "unknown";
  const maintainer = plain(found.maintainer, LONGEST_MAINTAINER);
  return [{ name, version, arch: found.arch, source: name, sourceVersion: version, maintainer }];
}

function plain(text: string, longest: number): string {
  return text
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "")
    .trim()
    .slice(0, longest);
}

/** Returns the check of packages of a format. */
export function checkOf(format: PackageFormat): (found: InstalledPackage) => readonly InstalledPackage[] {
  return format === "windows" ? checkedSoftware : checkedPackage;
}
