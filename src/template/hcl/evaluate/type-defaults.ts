import { marked, objectValue, tupleValue, type Value } from "../../values/value.js";

/** Values of optional attributes, at any depth of a type. */
export interface TypeDefaults {
  /** Of the attributes of this object. */
  readonly attributes: ReadonlyMap<string, Value>;
  /** Within attributes of this object or elements of this tuple (by number). */
  readonly parts?: ReadonlyMap<string, TypeDefaults> | undefined;
  /** Within every element of this collection. */
  readonly elements?: TypeDefaults | undefined;
}

/**
 * The value with missing and null optional attributes filled in; to be converted to the type afterwards, since the result is
 * made of objects and tuples.
 */
export function applyDefaults(value: Value, defaults: TypeDefaults): Value {
  if ("items" in value) {
    const items = value.items.map((item, i) => applyTo(item, defaults.elements ?? defaults.parts?.get(String(i))));
    return marked(tupleValue(items), value.sensitive);
  }
  if (!("entries" in value)) return value;
  const entries = new Map(value.entries);
  for (const [name, fallback] of defaults.attributes) {
    const given = entries.get(name);
    if (!given || given.kind === "null") entries.set(name, fallback);
  }
  for (const [name, item] of entries) entries.set(name, applyTo(item, defaults.elements ?? defaults.parts?.get(name)));
  return marked(objectValue(entries), value.sensitive);
}

function applyTo(value: Value, defaults: TypeDefaults | undefined): Value {
  return defaults ? applyDefaults(value, defaults) : value;
}
