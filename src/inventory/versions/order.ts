import type { PackageFormat } from "../../core/packages.js";
import { compareDpkg } from "./dpkg.js";
import { compareRpm } from "./rpm.js";

/** An order of versions: negative where `a` is older. */
export type VersionOrder = (a: string, b: string) => number;

/** The order of versions of each package format. */
export const VERSION_ORDERS: Readonly<Record<PackageFormat, VersionOrder>> = { deb: compareDpkg, rpm: compareRpm };
