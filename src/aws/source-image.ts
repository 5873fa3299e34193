import type { Filter } from "@aws-sdk/client-ec2";
import { DescribeImagesCommand } from "@aws-sdk/client-ec2";
import { BakeError } from "../core/errors.js";
import { compareRanks, type ImageRank } from "../core/image-order.js";
import { failedAs, hasAwsCode } from "./client/errors.js";
import { PAGE_SIZE, readPages } from "./client/pages.js";
import type { CallScope } from "./client/session.js";
import { type FoundImage, toFoundImage } from "./image.js";

/** The query for the source AMI (`source_ami`, `source_ami_filter`). An image must match the id and all filters. */
export interface SourceQuery {
  readonly imageId: string | undefined;
  readonly filters: readonly Filter[];
  readonly owners: readonly string[];
  /** Use the newest of several. */
  readonly mostRecent: boolean;
  readonly includeDeprecated: boolean;
}

/** EC2 does not show images that the account does not allow (EC2 user guide, Allowed AMIs). */
const ALLOWED_AMIS = "If the account uses the Allowed AMIs settings of EC2, they hide other AMIs.";

/** Returns the one image that matches the query (Packer's source AMI step). Throws a `BakeError` when none or several match. */
export async function findSourceImage(scope: CallScope, query: SourceQuery): Promise<FoundImage> {
  const images = await describe(scope, query);
  const [newest, second] = [...images].sort(byNewest);
  if (newest === undefined) {
    throw new BakeError(`No source AMI matches in ${scope.region}: ${queryText(query)}`, {
      code: "source-ami-not-found",
      region: scope.region,
      hint: `${
        query.imageId
          ? 'Check the id: AMI ids differ between Regions, and the AMI must exist and be shared with the account. "source_ami_filter" finds the newest AMI.'
          : 'Check the filter values and owners. Set "include_deprecated" to true to include deprecated AMIs.'
      } ${ALLOWED_AMIS}`,
    });
  }
  if (second !== undefined && !query.mostRecent) {
    const some = images.slice(0, 3).map((image) => `${image.id} (${image.name})`);
    throw new BakeError(
      `${images.length} source AMIs match in ${scope.region}, but exactly one is required: ${some.join(", ")}, …`,
      {
        code: "several-source-amis",
        region: scope.region,
        hint: 'Set "most_recent" to true to use the newest, or add filters.',
      },
    );
  }
  return newest;
}

async function describe(scope: CallScope, query: SourceQuery): Promise<readonly FoundImage[]> {
  const ec2 = await scope.session.ec2(scope.region);
  const input = {
    ImageIds: query.imageId ? [query.imageId] : undefined,
    Filters: query.filters.length > 0 ? [...query.filters] : undefined,
    Owners: query.owners.length > 0 ? [...query.owners] : undefined,
    IncludeDeprecated: query.includeDeprecated ? true : undefined,
    // EC2 accepts no page size together with IDs.
    MaxResults: query.imageId ? undefined : PAGE_SIZE,
  };
  try {
    const images = await readPages(
      (NextToken) => ec2.send(new DescribeImagesCommand({ ...input, NextToken }), scope.signal),
      ({ Images }) => Images,
    );
    return images.map(toFoundImage);
  } catch (error) {
    if (failedAs(error, "not-found") || hasAwsCode(error, "InvalidAMIID.Malformed")) return [];
    throw error;
  }
}

/** Sorts by creation time, as Packer does, then by ID. The origin of a copy does not count: it can have other owners. */
function byNewest(a: FoundImage, b: FoundImage): number {
  return compareRanks(ageOf(b), ageOf(a));
}

function ageOf({ id, createdAt }: FoundImage): ImageRank {
  return { id, createdAt: Date.parse(createdAt) || 0 };
}

function queryText(query: SourceQuery): string {
  const parts = [
    ...(query.imageId ? [`id ${query.imageId}`] : []),
    ...query.filters.map((filter) => `${filter.Name} = ${(filter.Values ?? []).join(" or ")}`),
    ...(query.owners.length > 0 ? [`owners ${query.owners.join(", ")}`] : []),
  ];
  return parts.join("; ");
}
