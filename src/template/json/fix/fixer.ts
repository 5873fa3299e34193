import { isObject, type JsonMap, type JsonTree, renameKey, withoutKeys } from "./values.js";

/** Changes a section of a template: a builder, provisioner or post-processor. Returns it unchanged if there is nothing to fix. */
export type Change = (section: JsonMap) => JsonMap;

/** Replaces what an old version of Packer accepted in a template (Packer §7, `fix`). */
export interface Fixer {
  /** Packer's name of the fixer. */
  readonly name: string;
  /** One line for the reference page, without a period. */
  readonly synopsis: string;
  readonly builder?: Change | undefined;
  readonly provisioner?: Change | undefined;
  readonly postProcessor?: Change | undefined;
}

/** Returns a change of the sections whose type is, or matches, `types`. */
export function ofType(types: readonly string[] | RegExp, change: Change): Change {
  return (section) => {
    const type = section.get("type");
    if (typeof type !== "string") return section;
    return (types instanceof RegExp ? types.test(type) : types.includes(type)) ? change(section) : section;
  };
}

/** Returns a change that makes several changes in order. */
export function all(...changes: readonly Change[]): Change {
  return (section) => changes.reduce((changed, change) => change(changed), section);
}

/** Returns a change that removes options. */
export function remove(...keys: readonly string[]): Change {
  return (section) => withoutKeys(section, ...keys);
}

/** How an option is renamed. */
interface Renaming {
  /** Only values of this JavaScript type are renamed; others stay. Undefined renames all. */
  readonly only?: "string" | "boolean" | undefined;
  /**
   * Keeps the value of an existing option with the new name, and removes the old one; `always` also if the old value is not renamed
   * otherwise. By default the value is replaced.
   */
  readonly keep?: true | "always" | undefined;
}

/** Returns a change that renames an option. */
export function rename(from: string, to: string, { only, keep }: Renaming = {}): Change {
  return (section) => {
    if (only !== undefined && typeof section.get(from) !== only && !(keep === "always" && section.has(to))) {
      return section;
    }
    return renameKey(section, [from, to], keep ? "keep" : "replace");
  };
}

/** Returns a change that replaces the type of sections. */
export function retype(from: string, to: string): Change {
  return ofType([from], (section) => new Map(section).set("type", to));
}

/** Returns a change of all strings of a section, and of the strings in its objects. */
export function eachText(edit: (text: string) => string): Change {
  const edited = (value: JsonTree): JsonTree => (typeof value === "string" ? edit(value) : value);
  const editedIn = (object: JsonMap) => new Map([...object].map(([key, value]) => [key, edited(value)]));
  return (section) =>
    new Map([...section].map(([key, value]) => [key, isObject(value) ? editedIn(value) : edited(value)]));
}
