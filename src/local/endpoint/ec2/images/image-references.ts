import type { Actions, ApiCall, Handler } from "../../call.js";
import { ACCOUNT } from "../../records.js";
import { ownParameters, parameterArn, resolveParameter } from "../../ssm/parameters.js";
import { invalid, missing } from "../../wire/errors.js";
import { EC2_PAGES } from "../../wire/paging.js";
import { flag, groups, integer, text, texts } from "../../wire/query.js";
import { describeRows, withoutIds } from "../describe.js";
import { instanceState } from "../states.js";
import { findImage } from "./images.js";

interface Reference {
  readonly imageId: string;
  readonly resourceType: string;
  readonly arn: string;
}

/** How many versions of a launch template are searched unless the call sets it. */
const VERSION_DEPTH = 10;

type Finder = (call: ApiCall, imageId: string, depth: number, states: readonly string[]) => readonly string[];

/** The ARNs of what uses an image, by the type of resource. */
const FINDERS: Readonly<Record<string, Finder>> = {
  "ec2:Instance": ({ cloud, region }, imageId, _depth, states) =>
    [...region.instances.values()]
      .filter((instance) => {
        const state = instanceState(cloud, instance);
        return instance.imageId === imageId && (states.length === 0 ? state !== "terminated" : states.includes(state));
      })
      .map(({ id }) => `arn:aws:ec2:${region.name}:${ACCOUNT}:instance/${id}`),
  "ec2:LaunchTemplate": (call, imageId, depth) =>
    [...call.region.launchTemplates.values()]
      .filter(({ versions }) =>
        versions.slice(-depth).some(({ data }) => imageOf(call, text(data, "ImageId")) === imageId),
      )
      .map(({ id }) => `arn:aws:ec2:${call.region.name}:${ACCOUNT}:launch-template/${id}`),
  "ssm:Parameter": (call, imageId) =>
    ownParameters(call)
      .filter(({ versions }) => versions.at(-1)?.value === imageId)
      .map(({ name }) => parameterArn(call.region, name)),
  "imagebuilder:ImageRecipe": () => [],
  "imagebuilder:ContainerRecipe": () => [],
};

function imageOf(call: ApiCall, named: string | undefined): string | undefined {
  if (!named?.startsWith("resolve:ssm:")) return named;
  try {
    return resolveParameter(call, named);
  } catch {
    return undefined;
  }
}

/** DescribeImageReferences: what in the account uses the images. */
const describeImageReferences: Handler = (call) => {
  const { params } = call;
  const ids = texts(params, "ImageId");
  if (ids.length === 0) throw missing("ImageId");
  const requested = groups(params, "ResourceType");
  const all = flag(params, "IncludeAllResourceTypes") === true;
  if (all === requested.length > 0) {
    throw missing(all ? "either IncludeAllResourceTypes or ResourceType" : "IncludeAllResourceTypes or ResourceType");
  }
  const kinds = all ? Object.keys(FINDERS).map((ResourceType) => ({ ResourceType })) : requested;
  const rows: Reference[] = [];
  for (const imageId of ids) {
    findImage(call, imageId);
    for (const kind of kinds) {
      const resourceType = text(kind, "ResourceType") ?? "";
      const finder = Object.hasOwn(FINDERS, resourceType) ? FINDERS[resourceType] : undefined;
      if (finder === undefined) throw invalid("resourceType", resourceType);
      const options = groups(kind, "ResourceTypeOption");
      const depth = options.find((option) => text(option, "OptionName") === "version-depth");
      const states = options.find((option) => text(option, "OptionName") === "state-name");
      const arns = finder(
        call,
        imageId,
        (depth && integer({ depth: texts(depth, "OptionValue")[0] ?? "" }, "depth")) ?? VERSION_DEPTH,
        states ? texts(states, "OptionValue") : [],
      );
      rows.push(...arns.map((arn) => ({ imageId, resourceType, arn })));
    }
  }
  return describeRows(call, "imageReferenceSet", withoutIds(rows), {
    filters: {},
    pages: { ...EC2_PAGES, least: 1 },
    item: (row) => ({ ...row }),
  });
};

/** The handler of DescribeImageReferences. */
export const imageReferenceActions: Actions = { DescribeImageReferences: describeImageReferences };
