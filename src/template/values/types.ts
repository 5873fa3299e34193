/**
 * Types of HCL values. `dynamic` is the type of a value whose type is not known, and `any` in a type constraint.
 * `optional` names the attributes of an object constraint that may be missing; types of values have none.
 */
export type Type =
  | { readonly kind: "string" | "number" | "bool" | "dynamic" }
  | { readonly kind: "list" | "set" | "map"; readonly element: Type }
  | { readonly kind: "tuple"; readonly elements: readonly Type[] }
  | ObjectType;

/** The type of an object: a type for each attribute. */
export interface ObjectType {
  readonly kind: "object";
  /** Sorted by name. */
  readonly attributes: ReadonlyMap<string, Type>;
  readonly optional: ReadonlySet<string>;
}

/** Kinds of collections. All elements of a collection are of one type. */
export type CollectionKind = "list" | "set" | "map";

/** The type `string`. */
export const STRING: Type = { kind: "string" };
/** The type `number`. */
export const NUMBER: Type = { kind: "number" };
/** The type `bool`. */
export const BOOL: Type = { kind: "bool" };
/** A type that is not known yet: `any` in a constraint. */
export const DYNAMIC: Type = { kind: "dynamic" };

const NO_NAMES: ReadonlySet<string> = new Set();

/** The type `list(element)`. */
export function listOf(element: Type): Type {
  return { kind: "list", element };
}

/** The type `set(element)`. */
export function setOf(element: Type): Type {
  return { kind: "set", element };
}

/** The type `map(element)`. */
export function mapOf(element: Type): Type {
  return { kind: "map", element };
}

/** The type of a collection of this kind. */
export function collectionOf(kind: CollectionKind, element: Type): Type {
  return { kind, element };
}

/** The type `tuple([…])`. */
export function tupleOf(elements: readonly Type[]): Type {
  return { kind: "tuple", elements };
}

/** The type `object({…})`. `optional` names the attributes that may be missing. */
export function objectOf(attributes: Iterable<readonly [string, Type]>, optional = NO_NAMES): ObjectType {
  return { kind: "object", attributes: sortedByKey(attributes), optional };
}

/** Compares strings as Go does, by UTF-8 bytes: the same order as by code points. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  let i = 0;
  while (i < a.length && i < b.length && a[i] === b[i]) i++;
  if (i === a.length || i === b.length) return a.length - b.length;
  return rank(a.charCodeAt(i)) - rank(b.charCodeAt(i));
}

/** UTF-16 sorts surrogates below U+E000–U+FFFF; by code points they are above. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** Returns the entries in HCL's order of keys. The last of equal keys wins. */
export function sortedByKey<T>(entries: Iterable<readonly [string, T]>): ReadonlyMap<string, T> {
  return new Map([...entries].sort((a, b) => compareText(a[0], b[0])));
}

/** Returns whether the type is string, number or bool. */
export function isPrimitive(type: Type): boolean {
  return type.kind === "string" || type.kind === "number" || type.kind === "bool";
}

/** The type of a list, set or map. */
export type CollectionType = Extract<Type, { readonly element: Type }>;

/** Returns whether the type is a list, set or map. */
export function isCollection(type: Type): type is CollectionType {
  return type.kind === "list" || type.kind === "set" || type.kind === "map";
}

/** Returns whether `any` occurs anywhere in the type. */
export function hasDynamic(type: Type): boolean {
  if (type.kind === "dynamic") return true;
  if (isCollection(type)) return hasDynamic(type.element);
  if (type.kind === "tuple") return type.elements.some(hasDynamic);
  if (type.kind === "object") return [...type.attributes.values()].some(hasDynamic);
  return false;
}

/** Returns whether both types are equal, optional attributes included. */
export function sameType(a: Type, b: Type): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind) return false;
  if (isCollection(a) && isCollection(b)) return sameType(a.element, b.element);
  if (a.kind === "tuple" && b.kind === "tuple") {
    return a.elements.length === b.elements.length && a.elements.every((e, i) => sameType(e, b.elements[i] ?? DYNAMIC));
  }
  if (a.kind === "object" && b.kind === "object") return sameAttributes(a, b);
  return true;
}

function sameAttributes(a: ObjectType, b: ObjectType): boolean {
  if (a.attributes.size !== b.attributes.size) return false;
  for (const [name, type] of a.attributes) {
    const other = b.attributes.get(name);
    if (!other || !sameType(type, other) || a.optional.has(name) !== b.optional.has(name)) return false;
  }
  return true;
}

/** Returns the type without optional attributes: a type that a value can have. */
export function withoutOptional(type: Type): Type {
  if (isCollection(type)) return collectionOf(type.kind, withoutOptional(type.element));
  if (type.kind === "tuple") return tupleOf(type.elements.map(withoutOptional));
  if (type.kind === "object") {
    return objectOf([...type.attributes].map(([name, attribute]) => [name, withoutOptional(attribute)] as const));
  }
  return type;
}

/** Returns a type in words, for messages: `list of string`, `object`. */
export function typeName(type: Type): string {
  switch (type.kind) {
    case "dynamic":
      return "dynamic";
    case "list":
    case "set":
    case "map":
      return type.element.kind === "dynamic"
        ? `${type.kind} of any single type`
        : `${type.kind} of ${typeName(type.element)}`;
    default:
      return type.kind;
  }
}

/** Returns a required type in words: `any type`, `list of string`. */
export function requiredName(type: Type): string {
  return type.kind === "dynamic" ? "any type" : typeName(type);
}

const IDENTIFIER = /^[\p{ID_Start}_][\p{ID_Continue}-]*$/u;

/** Returns a type as HCL writes it: `list(string)`, `object({a=string})`. */
export function typeText(type: Type): string {
  switch (type.kind) {
    case "dynamic":
      return "any";
    case "list":
    case "set":
    case "map":
      return `${type.kind}(${typeText(type.element)})`;
    case "tuple":
      return `tuple([${type.elements.map(typeText).join(",")}])`;
    case "object": {
      const parts = [...type.attributes].map(([name, attribute]) => {
        const key = IDENTIFIER.test(name) ? name : JSON.stringify(name);
        const text = typeText(attribute);
        return `${key}=${type.optional.has(name) ? `optional(${text})` : text}`;
      });
      return `object({${parts.join(",")}})`;
    }
    default:
      return type.kind;
  }
}
