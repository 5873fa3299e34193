import type { ChangeKind, InstalledPackage, PackageChange, PackageDifference, PackageList } from "../core/packages.js";
import { securityRelevance } from "./security.js";
import { VERSION_ORDERS, type VersionOrder } from "./versions.js";

/** Changes that are listed one by one; the counts are of all. */
const MOST_CHANGES = 2000;

/** The order of kinds among changes that matter as much. */
const KINDS: readonly ChangeKind[] = ["downgraded", "upgraded", "added", "removed"];

/** A package that went or came; both where its version changed. */
interface Pair {
  readonly old: InstalledPackage | undefined;
  readonly now: InstalledPackage | undefined;
}

/**
 * What changed from one list to a later one, by name and architecture, the security-relevant changes first. Where several versions of
 * a package are installed side by side (kernels on RPM-like systems), only versions that went and versions that came are paired,
 * newest with newest. Undefined where the lists are of different formats. Pure.
 */
export function comparePackages(before: PackageList, after: PackageList): PackageDifference | undefined {
  if (before.format !== after.format) return undefined;
  const order = VERSION_ORDERS[after.format];
  const relevanceOf = securityRelevance(after, order);
  const changes = pairs(before, after, order).map(({ old, now }): PackageChange => {
    const security = relevanceOf(old, now);
    return {
      kind: kindOf({ old, now }, order),
      name: now?.name ?? old?.name ?? "",
      arch: now?.arch ?? old?.arch ?? "",
      from: old ? old.version : undefined,
      to: now ? now.version : undefined,
      security,
    };
  });
  changes.sort(byImportance);
  return {
    counts: countsOf(changes),
    security: changes.filter((change) => change.security).length,
    changes: changes.slice(0, MOST_CHANGES),
  };
}

function pairs(before: PackageList, after: PackageList, order: VersionOrder): readonly Pair[] {
  const [old, now] = [grouped(before), grouped(after)];
  const keys = new Set([...old.keys(), ...now.keys()]);
  return [...keys].flatMap((key) => {
    const [was, is] = [old.get(key) ?? [], now.get(key) ?? []];
    const gone = without(was, is).sort((a, b) => order(b.version, a.version));
    const came = without(is, was).sort((a, b) => order(b.version, a.version));
    return Array.from({ length: Math.max(gone.length, came.length) }, (_, i) => ({ old: gone[i], now: came[i] }));
  });
}

function grouped(list: PackageList): ReadonlyMap<string, readonly InstalledPackage[]> {
  const groups = new Map<string, InstalledPackage[]>();
  for (const each of list.packages) {
    const key = `${each.name} ${each.arch}`;
    const group = groups.get(key);
    if (group) group.push(each);
    else groups.set(key, [each]);
  }
  return groups;
}

function without(packages: readonly InstalledPackage[], others: readonly InstalledPackage[]): InstalledPackage[] {
  const versions = new Set(others.map(({ version }) => version));
  return packages.filter(({ version }) => !versions.has(version));
}

/** Versions that are written differently but equal in order (`1.0`, `1.00`) count as upgraded: something was installed. */
function kindOf({ old, now }: Pair, order: VersionOrder): ChangeKind {
  if (!old) return "added";
  if (!now) return "removed";
  return order(now.version, old.version) < 0 ? "downgraded" : "upgraded";
}

function byImportance(a: PackageChange, b: PackageChange): number {
  return (
    rank(a) - rank(b) ||
    KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
    compareText(a.name, b.name) ||
    compareText(a.arch, b.arch)
  );
}

function rank({ security }: PackageChange): number {
  return security === "update" ? 0 : security === "sensitive" ? 1 : 2;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function countsOf(changes: readonly PackageChange[]): Readonly<Record<ChangeKind, number>> {
  const counts = { added: 0, removed: 0, upgraded: 0, downgraded: 0 };
  for (const { kind } of changes) counts[kind] += 1;
  return counts;
}
