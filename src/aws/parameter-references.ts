import { DescribeParametersCommand, GetParametersCommand, type ParameterMetadata } from "@aws-sdk/client-ssm";
import { allEnded } from "../core/all-ended.js";
import { failedAs } from "./client/errors.js";
import { readPages } from "./client/pages.js";
import type { CallScope } from "./client/session.js";
import { readParameterHistory } from "./parameter.js";
import type { ImageReference } from "./references.js";

/** The parameters that contain image ids, and the parameters that the caller cannot read. */
export interface ParameterReferences {
  readonly references: readonly ImageReference[];
  /** Names of plain text parameters that the caller is not allowed to read. */
  readonly unread: readonly string[];
}

/** Names in one GetParameters call. */
const BATCH = 10;

const IMAGE_ID = /\bami-[0-9a-f]{8,17}\b/g;

/**
 * Returns which of the images the account's parameters contain, in the current version or in an older version with a label. Rejects
 * when a parameter of the data type `aws:ec2:image` cannot be read. Plain text parameters are read if allowed, because many pipelines
 * keep image ids in them. Secure strings are not read. The current version of the parameters `moved`, which get a new one, is an older version.
 */
export async function findParameterReferences(
  scope: CallScope,
  imageIds: readonly string[],
  moved: ReadonlySet<string>,
): Promise<ParameterReferences> {
  const all = await stringParameters(scope);
  const typed = all.filter(({ DataType }) => DataType === "aws:ec2:image").flatMap(({ Name }) => Name ?? []);
  const plain = all.filter(({ DataType }) => DataType !== "aws:ec2:image").flatMap(({ Name }) => Name ?? []);
  const { naming, unread } = await textsNamingImages(scope, plain);
  const ids = new Set(imageIds);
  const references: ImageReference[] = [];
  for (const name of [...typed, ...naming]) {
    references.push(...(await versionsNaming(scope, name, { ids, isMoved: moved.has(name) })));
  }
  return { references, unread };
}

async function stringParameters(scope: CallScope): Promise<readonly ParameterMetadata[]> {
  const ssm = await scope.session.ssm(scope.region);
  const input = {
    ParameterFilters: [{ Key: "Type", Option: "Equals", Values: ["String", "StringList"] }],
    MaxResults: 50,
  };
  return readPages(
    (NextToken) => ssm.send(new DescribeParametersCommand({ ...input, NextToken }), scope.signal),
    ({ Parameters }) => Parameters,
  );
}

/** Returns the references of the current version and of each version with a label. */
async function versionsNaming(
  scope: CallScope,
  name: string,
  { ids, isMoved }: { readonly ids: ReadonlySet<string>; readonly isMoved: boolean },
): Promise<readonly ImageReference[]> {
  const versions = await readParameterHistory(scope, name);
  return versions.flatMap(({ value, labels, version }, index) => {
    const isCurrent = index === versions.length - 1 && !isMoved;
    if (!isCurrent && labels.length === 0) return [];
    const user = isCurrent ? `parameter ${name}` : `parameter ${name}:${labels[0] ?? version}`;
    return (value.match(IMAGE_ID) ?? []).filter((id) => ids.has(id)).map((imageId) => ({ imageId, user }));
  });
}

/** Returns the names of the plain text parameters whose value contains an image id, and of those that cannot be read. */
async function textsNamingImages(scope: CallScope, names: readonly string[]) {
  const naming: string[] = [];
  const unread: string[] = [];
  for (let at = 0; at < names.length; at += BATCH) {
    const batch = names.slice(at, at + BATCH);
    const values = await read(scope, batch).catch((error) => {
      if (failedAs(error, "denied")) return undefined;
      throw error;
    });
    if (values) naming.push(...values);
    else if (batch.length > 1) {
      const single = await allEnded(batch.map((name) => textsNamingImages(scope, [name])));
      for (const each of single) {
        naming.push(...each.naming);
        unread.push(...each.unread);
      }
    } else unread.push(...batch);
  }
  return { naming, unread };
}

async function read(scope: CallScope, Names: string[]): Promise<readonly string[]> {
  const ssm = await scope.session.ssm(scope.region);
  const { Parameters } = await ssm.send(new GetParametersCommand({ Names }), scope.signal);
  return (Parameters ?? []).flatMap(({ Name, Value }) => (Name && Value?.match(IMAGE_ID) ? [Name] : []));
}
