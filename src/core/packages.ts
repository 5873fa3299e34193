/** The package formats that are known, each with its own order of versions. */
export type PackageFormat = "deb" | "rpm";

/** The distribution as os-release(5) names it; the fields are empty where it does not say. */
export interface Distribution {
  /** `ID`, e.g. `debian`, `amzn`. */
  readonly id: string;
  /** `VERSION_ID`, e.g. `12`, `2023`. */
  readonly version: string;
  /** `PRETTY_NAME`, for people. */
  readonly name: string;
}

/** One installed package. */
export interface InstalledPackage {
  readonly name: string;
  /** Whole, as the package manager writes it: `EPOCH:VERSION-RELEASE`, the epoch only where it is not 0. */
  readonly version: string;
  /** Architecture as the package manager names it, e.g. `amd64`, `x86_64`, `all`, `noarch`. */
  readonly arch: string;
  /** Source package that it was built from; its own name where that is the same. */
  readonly source: string;
  readonly sourceVersion: string;
  /** Debian's maintainer, RPM's vendor; empty where unknown. */
  readonly maintainer: string;
}

/** A version of a source package that fixed something that matters to security, as the changelogs on the machine say. */
export interface SecurityUpdate {
  readonly source: string;
  readonly version: string;
}

/** What is installed on a machine, sorted by name, architecture and version. */
export interface PackageList {
  readonly format: PackageFormat;
  readonly distribution: Distribution;
  readonly packages: readonly InstalledPackage[];
  readonly securityUpdates: readonly SecurityUpdate[];
}

/** What became of a package between two images. */
export type ChangeKind = "added" | "removed" | "upgraded" | "downgraded";

/** A package that is not the same in two images; `from` is missing where it was added, `to` where it was removed. */
export interface PackageChange {
  readonly kind: ChangeKind;
  readonly name: string;
  readonly arch: string;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** `update`: a security update, as changelogs say; `sensitive`: of a package that attacks aim at. */
  readonly security?: "update" | "sensitive" | undefined;
}

/** The difference between two lists. `changes` is in the order in which it is shown, and may be cut: the counts are of all. */
export interface PackageDifference {
  readonly counts: Readonly<Record<ChangeKind, number>>;
  /** How many of all changes are security-relevant. */
  readonly security: number;
  readonly changes: readonly PackageChange[];
}

/** What is reported of the packages of a build's image. */
export interface PackageReport {
  readonly distribution: string;
  readonly count: number;
  /** The image that the parameter named before; missing where none was moved from another image. */
  readonly since?: string | undefined;
  /** The difference from that image; missing where no list of it is kept. */
  readonly difference?: PackageDifference | undefined;
  /** Absolute paths, where files were asked for. */
  readonly file?: string | undefined;
  readonly sbom?: string | undefined;
}
