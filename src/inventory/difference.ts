import type { ChangeKind, InstalledPackage, PackageChange, PackageDifference, PackageList } from "../core/packages.js";
import { securityRelevance } from "./security.js";
import { VERSION_ORDERS, type VersionOrder } from "./versions.js";

/** Maximum number of listed changes. The counts include all changes. */
const MOST_CHANGES = 2000;

/** The order of kinds among changes of the same importance. */
const KINDS: readonly ChangeKind[] = ["downgraded", "upgraded", "added", "removed"];

/** An added or removed package, or both versions of a changed one. */
interface Pair {
  readonly old: InstalledPackage | undefined;
  readonly now: InstalledPackage | undefined;
}

/**
 * Returns the changes from one list to a later one, by name and architecture, security-relevant changes first. If several versions of a
 * package are installed (kernels on RPM systems), removed and added versions are paired, newest with newest. Undefined if the lists have
 * different formats. Pure.
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
    const removed = without(was, is).sort((a, b) => order(b.version, a.version));
    const added = without(is, was).sort((a, b) => order(b.version, a.version));
    return Array.from({ length: Math.max(removed.length, added.length) }, (_, i) => ({
      old: removed[i],
      now: added[i],
    }));
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

/** Different spellings of an equal version (`1.0`, `1.00`) count as upgraded, because a package was installed. */
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
