import type { TagMap } from "./records.js";
import { refusal } from "./wire/errors.js";
import { groups, type Params, required, text } from "./wire/query.js";
import type { Members } from "./wire/xml.js";

/** Most tags that one resource can have. */
export const TAGS_MAX = 50;

/** `Tags` of an IAM or SSM answer. */
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
