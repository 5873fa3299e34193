import { createHash, randomBytes } from "node:crypto";
import { refusal } from "./wire/errors.js";
import { groups, type Params, required, text, texts } from "./wire/query.js";
import type { Members } from "./wire/xml.js";

/** The one account of the local cloud. */
export const ACCOUNT = "123456789012";

/** What every resource of EC2 has. */
export interface Resource {
  readonly id: string;
  /** When it was made, in milliseconds; it is unknown to other calls for a moment after. */
  readonly bornAt: number;
}

/** A new id: the prefix and 17 hexadecimal digits. */
export function newId(prefix: string): string {
  return `${prefix}-0${randomBytes(8).toString("hex")}`;
}

/** An id that is the same in each run, for what the local cloud has in stock. */
export function stockId(prefix: string, ...names: readonly string[]): string {
  return `${prefix}-0${createHash("sha256").update(names.join("\n")).digest("hex").slice(0, 16)}`;
}

/** Maximum number of tags of a resource. */
export const TAGS_MAX = 50;

/** Tags of one resource, by key. */
export type TagMap = Map<string, string>;

/** `Tags` of a response of IAM or SSM. */
export function tagList(tags: TagMap): readonly Members[] {
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

/** Tags written as a list of `Key` and `Value`. Throws where a key or value is not allowed. */
export function readTags(params: Params, path: string): TagMap {
  const tags: TagMap = new Map();
  for (const tag of groups(params, path)) {
    const key = required(tag, "Key");
    const value = text(tag, "Value") ?? "";
    if (key.toLowerCase().startsWith("aws:")) {
      throw refusal("InvalidParameterValue", `Tag keys starting with 'aws:' are reserved for internal use`);
    }
    if (key.length > 128 || value.length > 256) {
      throw refusal(
        "InvalidParameterValue",
        `Tag '${key.slice(0, 128)}' is too long: a key has at most 128 characters, a value 256`,
      );
    }
    if (tags.has(key)) throw refusal("InvalidParameterValue", `Duplicate tag key '${key}' specified.`);
    tags.set(key, value);
  }
  if (tags.size > TAGS_MAX) throw refusal("TagLimitExceeded", `Resource has more than ${TAGS_MAX} tags`);
  return tags;
}

/** What the TagResource calls of IAM and SSM do: sets the tags that a call lists as `Tags`. Throws as `readTags`. */
export function setTags(tags: TagMap, params: Params): void {
  for (const [key, value] of readTags(params, "Tags")) tags.set(key, value);
}

/** What the UntagResource calls of IAM and SSM do: removes the tags whose keys a call lists as `TagKeys`. */
export function removeTags(tags: TagMap, params: Params): void {
  for (const key of texts(params, "TagKeys")) tags.delete(key);
}
