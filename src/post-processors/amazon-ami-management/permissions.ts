import { type DerivePartPermissions, distinctRegions } from "../../core/permissions.js";
import { retentionPermissions } from "../../publish/permissions.js";
import { type AmazonAmiManagementOptions, IDENTIFIER_TAG } from "./options.js";

/** The removal of older images with the tags of the template, whoever created them. */
export const amiManagementPermissions: DerivePartPermissions<AmazonAmiManagementOptions> = (options, scope) => {
  const { identifier, tags, dry_run: isDry } = options;
  const statements = retentionPermissions(scope, {
    regions: distinctRegions(options.regions),
    tags: identifier ? { [IDENTIFIER_TAG]: identifier } : tags,
    disables: false,
    listsRegions: false,
  });
  return isDry ? statements.filter(({ sid }) => sid.startsWith("Read")) : statements;
};
