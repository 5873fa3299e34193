import type { Filter } from "@aws-sdk/client-ec2";
import { DescribeImagesCommand } from "@aws-sdk/client-ec2";
import { BakeError } from "../core/errors.js";
import { failedAs, hasAwsCode } from "./client/errors.js";
import { pages } from "./client/pages.js";
import type { CallScope } from "./client/session.js";
import { type FoundImage, toFoundImage } from "./image.js";

/** How the source AMI is chosen (`source_ami`, `source_ami_filter`); id and filters are combined. */
export interface SourceQuery {
  readonly imageId: string | undefined;
  readonly filters: readonly Filter[];
  readonly owners: readonly string[];
  /** Take the newest of several. */
  readonly mostRecent: boolean;
  readonly includeDeprecated: boolean;
}

/** Finds the one image that a build starts from; none or several are errors that say what was asked (Packer's source AMI step). */
export async function findSourceImage(scope: CallScope, query: SourceQuery): Promise<FoundImage> {
  const images = await describe(scope, query);
  const [newest, second] = [...images].sort(byNewest);
  if (newest === undefined) {
    throw new BakeError(`no source AMI was found in ${scope.region}: ${inWords(query)}`, {
      code: "source-ami-not-found",
      region: scope.region,
      hint: query.imageId
        ? "AMI ids differ from region to region, and the image may be private or gone; a source_ami_filter finds the newest."
        : "Check the filter values and owners; deprecated images are left out unless include_deprecated is true.",
    });
  }
  if (second !== undefined && !query.mostRecent) {
    const some = images.slice(0, 3).map((image) => `${image.id} (${image.name})`);
    throw new BakeError(
      `${images.length} source AMIs were found in ${scope.region} where one is needed: ${some.join(", ")}, …`,
      {
        code: "several-source-amis",
        region: scope.region,
        hint: "Write most_recent: true to take the newest, or filter more narrowly.",
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
  };
  try {
    const images = await pages(
      (NextToken) => ec2.send(new DescribeImagesCommand({ ...input, NextToken }), scope.signal),
      ({ Images }) => Images,
    );
    return images.map(toFoundImage);
  } catch (error) {
    if (failedAs(error, "not-found") || hasAwsCode(error, "InvalidAMIID.Malformed")) return [];
    throw error;
  }
}

function byNewest(a: FoundImage, b: FoundImage): number {
  return b.createdAt.localeCompare(a.createdAt) || b.name.localeCompare(a.name);
}

function inWords(query: SourceQuery): string {
  const parts = [
    ...(query.imageId ? [`id ${query.imageId}`] : []),
    ...query.filters.map((filter) => `${filter.Name} = ${(filter.Values ?? []).join(" or ")}`),
    ...(query.owners.length > 0 ? [`owners ${query.owners.join(", ")}`] : []),
  ];
  return parts.join("; ");
}
