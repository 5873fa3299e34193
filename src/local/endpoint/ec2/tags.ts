import { type Actions, type ApiCall, DONE, endDryRun, type Handler } from "../call.js";
import { readTags, TAGS_MAX, type TagMap } from "../records.js";
import { invalid, missing, refusal } from "../wire/errors.js";
import type { FilterFields } from "../wire/filters.js";
import { groups, has, type Params, required, text, texts } from "../wire/query.js";
import type { Members } from "../wire/xml.js";
import { describeRows, withoutIds } from "./describe.js";
import { checkId, isVisible, type Kind, kindOf, notFound } from "./ids.js";

/** `tagSet` of a response of EC2; undefined for no tags. */
export function tagSet(tags: TagMap): readonly Members[] | undefined {
  return tags.size === 0 ? undefined : [...tags].map(([key, value]) => ({ key, value }));
}

/**
 * Tags of a TagSpecification list, by the kind of resource they are for.
 *
 * @param kinds what the call can tag; any other kind is refused.
 */
export function tagSpecifications(params: Params, kinds: readonly string[]): ReadonlyMap<string, TagMap> {
  const found = new Map<string, TagMap>();
  for (const specification of groups(params, "TagSpecification")) {
    const kind = text(specification, "ResourceType");
    if (kind === undefined || kind === "") {
      throw invalid("tagSpecification", "null", "Tag specification resource type must have a value");
    }
    if (!kinds.includes(kind)) {
      throw refusal("InvalidParameterValue", `'${kind}' is not a valid taggable resource type for this operation.`);
    }
    if (found.has(kind)) {
      throw refusal(
        "InvalidParameterValue",
        `The same resource type '${kind}' may not be specified more than once in tag specifications`,
      );
    }
    found.set(kind, readTags(specification, "Tag"));
  }
  return found;
}

/** A copy of the tags for one kind, so that resources do not share them. */
export function tagsFor(specifications: ReadonlyMap<string, TagMap>, kind: string): TagMap {
  return new Map(specifications.get(kind));
}

interface Tagged {
  readonly id: string;
  readonly bornAt: number;
  readonly tags: TagMap;
}

/** All that can be tagged by id. */
function taggable(call: ApiCall): ReadonlyMap<Kind, readonly Tagged[]> {
  const { region } = call;
  return new Map<Kind, readonly Tagged[]>([
    ["image", [...region.images.values()].filter((image) => image.stock === false)],
    ["instance", [...region.instances.values()]],
    ["snapshot", [...region.snapshots.values()]],
    ["volume", [...region.volumes.values()]],
    ["security-group", [...region.securityGroups.values()]],
    ["key-pair", [...region.keyPairs.values()]],
    ["launch-template", [...region.launchTemplates.values()]],
    ["network-interface", [...region.instances.values()].map((instance) => instance.networkInterface)],
  ]);
}

function resource(call: ApiCall, id: string): Tagged {
  if (id.startsWith("sir-") || id.startsWith("fleet-")) {
    return { id, bornAt: 0, tags: call.region.fleets.get(id)?.tags ?? new Map() };
  }
  const kind = kindOf(id);
  if (kind === undefined) throw refusal("InvalidID", `The ID '${id}' is not valid`);
  checkId(kind, id);
  const found = (taggable(call).get(kind) ?? []).find((row) => row.id === id);
  if (found === undefined || !isVisible(call, found)) throw notFound(kind, [id]);
  return found;
}

const createTags: Handler = (call) => {
  const ids = texts(call.params, "ResourceId");
  const tags = readTags(call.params, "Tag");
  if (ids.length === 0 || tags.size === 0) throw missing(ids.length === 0 ? "resourceIdSet" : "tagSet");
  const resources = ids.map((id) => resource(call, id));
  for (const { tags: own } of resources) {
    if (new Set([...own.keys(), ...tags.keys()]).size > TAGS_MAX) {
      throw refusal("TagLimitExceeded", `The maximum number of tags per resource (${TAGS_MAX}) has been reached`);
    }
  }
  endDryRun(call);
  for (const { tags: own } of resources) {
    for (const [key, value] of tags) own.set(key, value);
  }
  return DONE;
};

const deleteTags: Handler = (call) => {
  const ids = texts(call.params, "ResourceId");
  if (ids.length === 0) throw missing("resourceIdSet");
  const resources = ids.map((id) => resource(call, id));
  endDryRun(call);
  const wanted = groups(call.params, "Tag");
  for (const { tags: own } of resources) {
    if (wanted.length === 0) own.clear();
    for (const tag of wanted) {
      const key = required(tag, "Key");
      if (!has(tag, "Value") || own.get(key) === text(tag, "Value")) own.delete(key);
    }
  }
  return DONE;
};

interface TagRow {
  readonly key: string;
  readonly value: string;
  readonly resourceId: string;
  readonly resourceType: string;
}

const TAG_FILTERS: FilterFields<TagRow> = {
  key: (row) => row.key,
  value: (row) => row.value,
  "resource-id": (row) => row.resourceId,
  "resource-type": (row) => row.resourceType,
};

const describeTags: Handler = (call) => {
  const rows: TagRow[] = [];
  for (const [resourceType, resources] of taggable(call)) {
    for (const { id, tags } of resources) {
      for (const [key, value] of tags) rows.push({ key, value, resourceId: id, resourceType });
    }
  }
  return describeRows(call, "tagSet", withoutIds(rows), { filters: TAG_FILTERS, item: (row) => ({ ...row }) });
};

/** Handlers of the calls about tags. */
export const tagActions: Actions = { CreateTags: createTags, DeleteTags: deleteTags, DescribeTags: describeTags };
