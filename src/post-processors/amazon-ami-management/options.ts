import { accessFields, checkAccess } from "../../aws/client/options.js";
import { flag, integer, list, map, text } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";

/** Key of the tag that `identifier` is compared with. */
export const IDENTIFIER_TAG = "Amazon_AMI_Management_Identifier";

/** Options of the amazon-ami-management post-processor (packer-plugin-amazon-ami-management, README). */
export const amazonAmiManagementOptions = schema(
  {
    ...accessFields,
    identifier: text({
      doc: `Value of the tag \`${IDENTIFIER_TAG}\`, which identifies the images of a series; set the tag with the builder's \`tags\`.`,
    }),
    tags: map({ doc: "Tags that identify the images of a series, instead of `identifier`." }),
    keep_releases: integer({ doc: "Number of newest images to keep, including the one just built." }),
    keep_days: integer({
      doc: "Age in days below which images are kept, instead of `keep_releases`; the newest image is always kept.",
    }),
    regions: list(text({ doc: "Name of a Region." }), {
      doc: "Regions in which to remove older images.",
      required: true,
    }),
    resolve_aliases: flag({
      doc: "No effect: parameters in launch templates are always resolved.",
      default: true,
    }),
    dry_run: flag({ doc: "Only report which images would be removed.", default: false }),
    skip_region_validation: flag({ doc: "No effect: Regions are not checked against a list.", default: false }),
  },
  {
    check(options, complaints) {
      checkAccess(options, complaints);
      const { identifier, tags, keep_releases: releases, keep_days: days } = options;
      const hasTags = Object.keys(tags).length > 0;
      if (!identifier && !hasTags) complaints.error("identifier", 'Either "identifier" or "tags" is required');
      if (identifier && hasTags) complaints.error("tags", '"identifier" and "tags" cannot both be set');
      if (releases === undefined && days === undefined) {
        complaints.error("keep_releases", 'Either "keep_releases" or "keep_days" is required');
      }
      if (releases !== undefined && days !== undefined) {
        complaints.error("keep_days", '"keep_releases" and "keep_days" cannot both be set');
      }
      for (const option of ["keep_releases", "keep_days"] as const) {
        const given = options[option];
        if (given !== undefined && given < 1) complaints.error(option, `"${option}" must be at least 1, not ${given}`);
      }
      if (options.regions.length === 0) complaints.error("regions", '"regions" must contain at least one Region');
    },
  },
);

export type AmazonAmiManagementOptions = OptionsOf<typeof amazonAmiManagementOptions>;
