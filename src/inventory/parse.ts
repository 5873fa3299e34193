import type { Distribution, InstalledPackage, PackageFormat, PackageList, SecurityUpdate } from "../core/packages.js";
import { checkedPackage, isName, isVersion, MOST_PACKAGES } from "./checked.js";
import { MARKS } from "./command.js";
import { readDistribution } from "./os-release.js";
import { VERSION_ORDERS } from "./versions/order.js";

/** Updates that are looked at. */
const MOST_UPDATES = 2000;

/** What a machine answered, or why it is not taken. */
export type ParsedList =
  | { readonly ok: true; readonly list: PackageList }
  | { readonly ok: false; readonly why: string };

/**
 * Reads the output of the list command strictly: it is the text of a machine that may lie. Lines that are not as the command
 * writes them are dropped; an output without its end, without packages or with too many is refused. Pure.
 */
export function parsePackageList(output: string): ParsedList {
  const parts = partsOf(output);
  if (!parts) return { ok: false, why: "the list is not complete" };
  const format: PackageFormat | undefined = parts.has(MARKS.deb) ? "deb" : parts.has(MARKS.rpm) ? "rpm" : undefined;
  if (!format) return { ok: false, why: "the machine has neither dpkg's nor RPM's database" };
  const lines = parts.get(format === "deb" ? MARKS.deb : MARKS.rpm) ?? [];
  if (lines.length > MOST_PACKAGES) return { ok: false, why: `there are more than ${MOST_PACKAGES} packages` };
  const packages = lines.flatMap((line) => (format === "deb" ? debPackage(line) : rpmPackage(line)));
  if (packages.length === 0) return { ok: false, why: "no package could be read" };
  const distribution: Distribution = readDistribution(parts.get(MARKS.release) ?? []);
  const updateOf = format === "deb" ? debUpdate : rpmUpdate;
  const updates = (parts.get(MARKS.security) ?? []).slice(0, MOST_UPDATES).flatMap(updateOf);
  return { ok: true, list: { format, distribution, packages: sorted(packages, format), securityUpdates: updates } };
}

/** Lines by the mark that they follow; undefined where the end is missing. */
function partsOf(output: string): ReadonlyMap<string, readonly string[]> | undefined {
  const marks = new Set<string>(Object.values(MARKS));
  const parts = new Map<string, string[]>();
  let current: string[] | undefined;
  for (const text of output.split("\n")) {
    const line = text.replace(/\r$/, "");
    if (line === MARKS.end && parts.size > 0) return parts;
    if (marks.has(line) && !parts.has(line)) {
      current = [];
      parts.set(line, current);
    } else if (line !== "") current?.push(line);
  }
  return undefined;
}

/** States of which files are on the machine: all but "not installed" and "configuration files" (dpkg-query(1)). */
const PRESENT = /^.[HUFWti]/;

function debPackage(line: string): readonly InstalledPackage[] {
  const [status = "", name = "", version = "", arch = "", source = "", sourceVersion = "", maintainer = ""] =
    line.split("\t");
  if (!PRESENT.test(status)) return [];
  return checkedPackage({ name, version, arch, source, sourceVersion, maintainer });
}

/** Name of a source package, then its version and release. */
const SOURCE_FILE = /^(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm$/;

function rpmPackage(line: string): readonly InstalledPackage[] {
  const [name = "", epoch = "", version = "", release = "", arch = "", sourceFile = "", vendor = ""] = line.split("\t");
  // Keys that are trusted are in the database as packages.
  if (name === "gpg-pubkey") return [];
  const own = `${version}-${release}`;
  const [, source = name, sourceVersion = own] = SOURCE_FILE.exec(sourceFile) ?? [];
  const whole = epoch === "0" ? own : `${epoch}:${own}`;
  return checkedPackage({ name, version: whole, arch, source, sourceVersion, maintainer: vendor });
}

/** `curl (7.88.1-10+deb12u1) bookworm-security; urgency=medium`. */
function debUpdate(line: string): readonly SecurityUpdate[] {
  const [, source = "", version = ""] = /^(\S+) \(([^ )]+)\) /.exec(line) ?? [];
  return checkedUpdate(source, version);
}

/** `curl-7.76.1-26.el9.src.rpm`, tab, `Name <address> - 7.76.1-26`; the version also in brackets or with an epoch. */
function rpmUpdate(line: string): readonly SecurityUpdate[] {
  const [file = "", entry = ""] = line.split("\t");
  const [, source = ""] = SOURCE_FILE.exec(file) ?? [];
  const [, version = ""] = /[ >-] ?\[?(?:\d+:)?(\d[^\s\][]*)\]?$/.exec(entry) ?? [];
  return checkedUpdate(source, version);
}

function checkedUpdate(source: string, version: string): readonly SecurityUpdate[] {
  return isName(source) && isVersion(version) ? [{ source, version }] : [];
}

/** Sorted, each once. */
function sorted(packages: readonly InstalledPackage[], format: PackageFormat): readonly InstalledPackage[] {
  const byKey = new Map(packages.map((each) => [`${each.name} ${each.arch} ${each.version}`, each]));
  const order = VERSION_ORDERS[format];
  return [...byKey.values()].sort(
    (a, b) => compareText(a.name, b.name) || compareText(a.arch, b.arch) || order(a.version, b.version),
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
