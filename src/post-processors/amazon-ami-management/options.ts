import { accessFields, checkAccess } from "../../aws/client/options.js";
import { flag, integer, list, map, text } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";

/** Tag that `identifier` stands for. */
export const IDENTIFIER_TAG = "Amazon_AMI_Management_Identifier";

/** Options of the amazon-ami-management post-processor (packer-plugin-amazon-ami-management, README). */
export const amazonAmiManagementOptions = schema(
  {
    ...accessFields,
    identifier: text({
      doc: `Images with this value of the tag \`${IDENTIFIER_TAG}\` belong together; the builder's \`tags\` must set it.`,
    }),
    tags: map({ doc: "Images with all of these tags belong together; instead of `identifier`." }),
    keep_releases: integer({ doc: "The newest so many stay, the one just built among them." }),
    keep_days: integer({
      doc: "Those that are younger than so many days stay, and the newest one; instead of `keep_releases`.",
    }),
    regions: list(text({ doc: "Name of a region." }), {
      doc: "Regions in which older images are removed.",
      required: true,
    }),
    resolve_aliases: flag({
      doc: "Accepted: parameters that launch templates name are always looked up.",
      default: true,
    }),
    dry_run: flag({ doc: "Only tell which images would be removed.", default: false }),
    skip_region_validation: flag({ doc: "Accepted: regions are not checked against a list.", default: false }),
  },
  {
    check(options, complaints) {
      checkAccess(options, complaints);
      const { identifier, tags, keep_releases: releases, keep_days: days } = options;
      const hasTags = Object.keys(tags).length > 0;
      if (!identifier && !hasTags) complaints.error("identifier", 'one of "identifier" and "tags" is required');
      if (identifier && hasTags) complaints.error("tags", '"identifier" and "tags" cannot both be given');
      if (releases === undefined && days === undefined) {
        complaints.error("keep_releases", 'one of "keep_releases" and "keep_days" is required');
      }
      if (releases !== undefined && days !== undefined) {
        complaints.error("keep_days", '"keep_releases" and "keep_days" cannot both be given');
      }
      for (const option of ["keep_releases", "keep_days"] as const) {
        const given = options[option];
        if (given !== undefined && given < 1) complaints.error(option, `"${option}" must be at least 1, not ${given}`);
      }
      if (options.regions.length === 0) complaints.error("regions", '"regions" must name at least one region');
    },
  },
);

export type AmazonAmiManagementOptions = OptionsOf<typeof amazonAmiManagementOptions>;
