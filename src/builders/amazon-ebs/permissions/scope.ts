import type { BuildPermissions, PermissionScope } from "../../../core/permissions.js";
import { PLACEHOLDER } from "../../../options/context.js";
import type { AmazonEbsOptions } from "../options/schema.js";

/** What the statements of a bake are derived from. */
export interface BakeScope {
  readonly options: AmazonEbsOptions;
  readonly settings: BuildPermissions["settings"];
  readonly scope: PermissionScope;
  /** The Region of the build, in a list; `*` if it is not known. */
  readonly build: readonly string[];
  /** The Regions of the images, that of the build included. */
  readonly regions: readonly string[];
}

/** Returns the value of an option; undefined if it is not set, or not known before the run. */
export function known(value: string | undefined): string | undefined {
  return value === undefined || value === "" || value.includes(PLACEHOLDER) ? undefined : value;
}
