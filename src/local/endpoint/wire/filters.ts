import type { TagMap } from "../records.js";
import { refusal } from "./errors.js";
import { groups, type Params, required, texts } from "./query.js";

/** The value of a resource that a filter compares. */
type FilterField<T> = (row: T) => string | number | boolean | undefined | readonly (string | undefined)[];

/** The filters that a Describe call knows, by name. */
export type FilterFields<T> = Readonly<Record<string, FilterField<T>>>;

/** A pattern of a filter value: `*` is any text, `?` any character, a backslash makes the next character literal. */
export function pattern(value: string): RegExp {
  const source = value.replace(/\\(.)|([*?])|([.+^${}()|[\]\\/-])/gs, (_all, literal, wild, special) => {
    if (wild !== undefined) return wild === "*" ? ".*" : ".";
    const character: string = literal ?? special;
    return character.replace(/[.*+?^${}()|[\]\\/-]/, "\\$&");
  });
  return new RegExp(`^${source}$`, "s");
}

/**
 * The rows that pass all filters of a call; within a filter, any value will do. `tag:KEY`, `tag-key` and `tag-value` work
 * for what has tags. Throws InvalidParameterValue for a filter the call does not know.
 */
export function filtered<T>(
  params: Params,
  rows: readonly T[],
  fields: FilterFields<T>,
  tagsOf: (row: T) => TagMap = () => new Map(),
): readonly T[] {
  const filters = groups(params, "Filter").map((filter) => {
    const name = required(filter, "Name");
    return { field: tagField(name, tagsOf) ?? plainField(name, fields), patterns: texts(filter, "Value").map(pattern) };
  });
  return rows.filter((row) =>
    filters.every(({ field, patterns }) => {
      const found = field(row);
      const values = Array.isArray(found) ? found : [found];
      return values.some((value) => value !== undefined && patterns.some((wanted) => wanted.test(String(value))));
    }),
  );
}

function tagField<T>(name: string, tagsOf: (row: T) => TagMap): FilterField<T> | undefined {
  if (name.startsWith("tag:")) return (row) => tagsOf(row).get(name.slice(4));
  if (name === "tag-key") return (row) => [...tagsOf(row).keys()];
  return name === "tag-value" ? (row) => [...tagsOf(row).values()] : undefined;
}

function plainField<T>(name: string, fields: FilterFields<T>): FilterField<T> {
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (field === undefined) throw refusal("InvalidParameterValue", `The filter '${name}' is invalid`);
  return field;
}
