/** The version of Packer that bake-ami is compatible with: `{{packer_version}}`, `packer.version`, `min_packer_version`. */
export const PACKER_VERSION = "1.16.0";

/** A version: its numbers, and its prerelease after a dash. */
interface Version {
  readonly numbers: readonly number[];
  readonly prerelease: string;
}

interface Constraint {
  readonly operator: string;
  readonly version: Version;
  /** Number of written parts, for `~>`. */
  readonly precision: number;
}

const VERSION = /^v?(\d+(?:\.\d+)*)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

/** Parses a version such as `1.2.3-beta1`. Returns undefined when it is not a version. */
export function parseVersion(text: string): Version | undefined {
  const match = VERSION.exec(text.trim());
  return match ? { numbers: (match[1] ?? "").split(".").map(Number), prerelease: match[2] ?? "" } : undefined;
}

/** Parses constraints such as `>= 1.7.0, < 2.0.0` (Packer §2.2 "constraint grammar"). Returns undefined when they are invalid. */
export function parseConstraints(text: string): readonly Constraint[] | undefined {
  const parts = text.split(",").map((part) => {
    const match = /^\s*(>=|<=|!=|~>|=|>|<)?\s*(\S+)\s*$/.exec(part);
    const version = parseVersion(match?.[2] ?? "");
    return version && { operator: match?.[1] ?? "=", version, precision: version.numbers.length };
  });
  const constraints = parts.flatMap((part) => part ?? []);
  return constraints.length === parts.length ? constraints : undefined;
}

/** Returns whether a version meets all constraints. */
export function satisfies(version: Version, constraints: readonly Constraint[]): boolean {
  return constraints.every((constraint) => meets(version, constraint));
}

/** Returns whether a constraint names a prerelease. */
export function hasPrerelease(constraints: readonly Constraint[]): boolean {
  return constraints.some(({ version }) => version.prerelease !== "");
}

function meets(version: Version, { operator, version: required, precision }: Constraint): boolean {
  const order = compareVersions(version, required);
  switch (operator) {
    case "!=":
      return order !== 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case "~>": {
      // All written numbers but the last must be equal; `~> 1` is the same as `>= 1`.
      const kept = required.numbers.slice(0, precision - 1);
      if (required.prerelease !== "" && version.prerelease === "") return false;
      return order >= 0 && kept.every((number, i) => version.numbers[i] === number);
    }
    default:
      return order === 0;
  }
}

function compareVersions(a: Version, b: Version): number {
  const length = Math.max(a.numbers.length, b.numbers.length);
  for (let i = 0; i < length; i++) {
    const order = (a.numbers[i] ?? 0) - (b.numbers[i] ?? 0);
    if (order !== 0) return order;
  }
  if (a.prerelease === b.prerelease) return 0;
  if (a.prerelease === "" || b.prerelease === "") return a.prerelease === "" ? 1 : -1;
  return a.prerelease < b.prerelease ? -1 : 1;
}
