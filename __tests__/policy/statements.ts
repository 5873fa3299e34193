import { amazonEbsPermissions } from "../../src/builders/amazon-ebs/permissions/bake.js";
import type { PermissionScope } from "../../src/core/permissions.js";
import { DEFAULT_SETTINGS, type RequestedSettings } from "../../src/engine/request.js";
import type { Json } from "../../src/options/collections.js";
import { optionsOf } from "../builders/amazon-ebs/options.js";

export const SCOPE: PermissionScope = {
  partition: "aws",
  account: "123456789012",
  defaultRegion: "us-east-1",
  instanceRole: undefined,
};

/** Options of a build in addition to the minimal ones. */
export type Options = Readonly<Record<string, Json>>;

/** Returns the statements of a bake with options and settings. */
export function statementsOf(
  options: Options,
  settings: Partial<RequestedSettings> = {},
  scope: Partial<PermissionScope> = {},
) {
  return amazonEbsPermissions(optionsOf(options), {
    scope: { ...SCOPE, ...scope },
    settings: { ...DEFAULT_SETTINGS, ...settings },
  }).run;
}
