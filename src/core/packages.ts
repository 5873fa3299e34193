/** The supported package formats; each has its own version order. `windows`: installed software and updates of Windows. */
export type PackageFormat = "deb" | "rpm" | "windows";

/** The distribution by os-release(5), or Windows; a field is empty where the file does not have it. */
export interface Distribution {
  /** `ID`, e.g. `debian`, `amzn`. */
  readonly id: string;
  /** `VERSION_ID`, e.g. `12`, `2023`. */
  readonly version: string;
  /** `PRETTY_NAME`, for display. */
  readonly name: string;
}

/** One installed package. */
export interface InstalledPackage {
  readonly name: string;
  /** Full version as the package manager writes it: `EPOCH:VERSION-RELEASE`; without the epoch where it is 0. */
  readonly version: string;
  /** Architecture as the package manager names it, e.g. `amd64`, `x86_64`, `all`, `noarch`. */
  readonly arch: string;
  /** Source package; the package's own name where they are the same. */
  readonly source: string;
  readonly sourceVersion: string;
  /** Debian's maintainer, RPM's vendor; empty where unknown. */
  readonly maintainer: string;
}

/** A version of a source package with a security fix, according to the changelogs on the machine. */
export interface SecurityUpdate {
  readonly source: string;
  readonly version: string;
}

/** The installed packages of a machine, sorted by name, architecture and version. */
export interface PackageList {
  readonly format: PackageFormat;
  readonly distribution: Distribution;
  readonly packages: readonly InstalledPackage[];
  readonly securityUpdates: readonly SecurityUpdate[];
}

/** How a package changed between two images. */
export type ChangeKind = "added" | "removed" | "upgraded" | "downgraded";

/** A package that differs between two images; `from` is undefined where it was added, `to` where it was removed. */
export interface PackageChange {
  readonly kind: ChangeKind;
  readonly name: string;
  readonly arch: string;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** `update`: a security update, according to changelogs; `sensitive`: a package that is a common target of attacks. */
  readonly security?: "update" | "sensitive" | undefined;
}

/** The difference between two lists. `changes` is in display order and may be truncated; the counts include all changes. */
export interface PackageDifference {
  readonly counts: Readonly<Record<ChangeKind, number>>;
  /** Number of security-relevant changes. */
  readonly security: number;
  readonly changes: readonly PackageChange[];
}

/** Report on the packages of a build's image. */
export interface PackageReport {
  readonly distribution: string;
  readonly count: number;
  /** The parameter's previous image; undefined where there is none. */
  readonly since?: string | undefined;
  /** The difference from that image; undefined where its package list is not stored. */
  readonly difference?: PackageDifference | undefined;
  /** Absolute paths of the files, where they were requested. */
  readonly file?: string | undefined;
  readonly sbom?: string | undefined;
}
