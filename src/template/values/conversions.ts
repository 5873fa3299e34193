import {
  collectionOf,
  DYNAMIC,
  isCollection,
  isPrimitive,
  listOf,
  mapOf,
  type ObjectType,
  objectOf,
  sameType,
  type Type,
  tupleOf,
  typeText,
} from "./types.js";

/**
 * Returns the type to which values of all given types can be converted, or undefined (cty's `convert.Unify`). `unsafe` allows
 * conversions that can fail for some values (string to number).
 */
export function unify(types: readonly Type[], unsafe: boolean): Type | undefined {
  const first = types[0];
  if (!first) return undefined;
  const structural = unifyStructural(types, unsafe);
  if (structural !== "general") return structural;
  for (const target of sortTypes(distinctTypes(types))) {
    if (types.every((type) => sameType(type, target) || convertible(type, target, unsafe))) return target;
  }
  return undefined;
}

/** Returns each type once. Sorting takes quadratic time, and the items of a long list have few types. */
function distinctTypes(types: readonly Type[]): readonly Type[] {
  return [...new Map([...new Set(types)].map((type) => [typeText(type), type] as const)).values()];
}

function unifyStructural(types: readonly Type[], unsafe: boolean): Type | undefined | "general" {
  const count = (kind: Type["kind"]) => types.filter((type) => type.kind === kind).length;
  const dynamic = count("dynamic");
  const only = (...kinds: Type["kind"][]) => kinds.reduce((n, kind) => n + count(kind), dynamic) === types.length;
  if (count("map") > 0) {
    if (only("map")) return unifyElements("map", types, unsafe);
    return only("map", "object") ? (unifyAmong("object", types, unsafe) ?? "general") : "general";
  }
  if (count("list") > 0) {
    if (only("list")) return unifyElements("list", types, unsafe);
    return only("list", "tuple") ? (unifyAmong("tuple", types, unsafe) ?? "general") : "general";
  }
  if (count("set") > 0) return only("set") ? unifyElements("set", types, unsafe) : "general";
  if (count("object") > 0 && only("object")) return dynamic > 0 ? DYNAMIC : unifyObjects(types, unsafe);
  if (count("tuple") > 0 && only("tuple")) return dynamic > 0 ? DYNAMIC : unifyTuples(types, unsafe);
  return count("object") > 0 && count("tuple") > 0 ? undefined : "general";
}

function unifyElements(kind: "list" | "set" | "map", types: readonly Type[], unsafe: boolean): Type | undefined {
  if (types.some((type) => type.kind === "dynamic")) return DYNAMIC;
  const element = unify(
    types.flatMap((type) => (isCollection(type) ? [type.element] : [])),
    unsafe,
  );
  return element && collectionOf(kind, element);
}

/** Objects among maps (tuples among lists) become maps (lists) when possible. */
function unifyAmong(kind: "object" | "tuple", types: readonly Type[], unsafe: boolean): Type | undefined {
  const structural = types.filter((type) => type.kind === kind);
  const common = kind === "object" ? objectsAsMap(structural, unsafe) : tuplesAsList(structural, unsafe);
  if (!common) return undefined;
  const result = unify(
    types.map((type) => (type.kind === kind ? common : type)),
    unsafe,
  );
  return result?.kind === common.kind ? result : undefined;
}

function unifyObjects(types: readonly Type[], unsafe: boolean): Type | undefined {
  const objects = types.flatMap((type) => (type.kind === "object" ? [type] : []));
  const names = [...(objects[0]?.attributes.keys() ?? [])];
  const alike = objects.every((o) => o.attributes.size === names.length && names.every((n) => o.attributes.has(n)));
  if (!alike) return objectsAsMap(types, unsafe);
  const attributes: (readonly [string, Type])[] = [];
  for (const name of names) {
    const type = unify(
      objects.map((o) => o.attributes.get(name) ?? DYNAMIC),
      unsafe,
    );
    if (!type) return undefined;
    attributes.push([name, type]);
  }
  const result = objectOf(attributes);
  return allConvertible(types, result, unsafe) ? result : objectsAsMap(types, unsafe);
}

function unifyTuples(types: readonly Type[], unsafe: boolean): Type | undefined {
  const tuples = types.flatMap((type) => (type.kind === "tuple" ? [type.elements] : []));
  const width = tuples[0]?.length ?? 0;
  if (tuples.some((elements) => elements.length !== width)) return tuplesAsList(types, unsafe);
  const elements: Type[] = [];
  for (let i = 0; i < width; i++) {
    const type = unify(
      tuples.map((tuple) => tuple[i] ?? DYNAMIC),
      unsafe,
    );
    if (!type) return undefined;
    elements.push(type);
  }
  const result = tupleOf(elements);
  return allConvertible(types, result, unsafe) ? result : tuplesAsList(types, unsafe);
}

function objectsAsMap(types: readonly Type[], unsafe: boolean): Type | undefined {
  const parts = types.flatMap((type) => (type.kind === "object" ? [...type.attributes.values()] : []));
  const element = unify(parts, unsafe);
  return element && ifConvertible(types, mapOf(element), unsafe);
}

function tuplesAsList(types: readonly Type[], unsafe: boolean): Type | undefined {
  const parts = types.flatMap((type) => (type.kind === "tuple" ? type.elements : []));
  const element = unify(parts, unsafe);
  return element && ifConvertible(types, listOf(element), unsafe);
}

function ifConvertible(types: readonly Type[], target: Type, unsafe: boolean): Type | undefined {
  return allConvertible(types, target, unsafe) ? target : undefined;
}

function allConvertible(types: readonly Type[], target: Type, unsafe: boolean): boolean {
  return types.every((type) => sameType(type, target) || convertible(type, target, unsafe));
}

/**
 * Returns whether a conversion between two types exists (cty's `convert.GetConversion`). A type is convertible to itself. `unsafe`
 * includes conversions that can fail for some values.
 */
export function convertible(from: Type, to: Type, unsafe: boolean): boolean {
  if (sameType(from, to) || to.kind === "dynamic") return true;
  if (from.kind === "dynamic") return unsafe;
  if (isPrimitive(from) && isPrimitive(to)) {
    if (to.kind === "string") return true;
    return unsafe && from.kind === "string";
  }
  switch (to.kind) {
    case "object":
      return toObject(from, to, unsafe);
    case "tuple":
      return toTuple(from, to.elements, unsafe);
    case "map":
      if (from.kind === "map") return convertible(from.element, to.element, unsafe);
      return from.kind === "object" && allTo([...from.attributes.values()], to.element, unsafe);
    case "list":
    case "set":
      if (from.kind === "tuple") return allTo(from.elements, to.element, unsafe);
      if (from.kind === "list" && to.kind === "set" && !unsafe) return false;
      return (from.kind === "list" || from.kind === "set") && convertible(from.element, to.element, unsafe);
    default:
      return false;
  }
}

function toObject(from: Type, to: ObjectType, unsafe: boolean): boolean {
  for (const [name, type] of to.attributes) {
    const given = from.kind === "object" ? from.attributes.get(name) : isCollection(from) ? from.element : undefined;
    if (from.kind === "map" && unsafe) {
      if (!convertible(from.element, type, unsafe) && !to.optional.has(name)) return false;
    } else if (from.kind !== "object" || (!given && !to.optional.has(name))) {
      return false;
    } else if (given && !convertible(given, type, unsafe)) {
      return false;
    }
  }
  return from.kind === "object" || (from.kind === "map" && unsafe);
}

function toTuple(from: Type, to: readonly Type[], unsafe: boolean): boolean {
  if (from.kind !== "tuple" || from.elements.length !== to.length) return false;
  return to.every((type, i) => {
    const given = from.elements[i];
    return given !== undefined && convertible(given, type, unsafe);
  });
}

/** Returns whether all parts of a tuple or object can become elements of a collection. `any` requires a common type. */
function allTo(parts: readonly Type[], element: Type, unsafe: boolean): boolean {
  if (parts.length === 0) return true;
  const target = element.kind === "dynamic" ? unify(parts, unsafe) : element;
  if (!target) return false;
  if (target.kind === "dynamic" && element.kind === "dynamic") return parts.every((part) => part.kind === "dynamic");
  return parts.every((part) => convertible(part, target, unsafe));
}

/** Returns the types, the most general first (cty's order for unification). Equal types keep their order. */
function sortTypes(types: readonly Type[]): readonly Type[] {
  const before = types.map((type, i) => types.filter((other, j) => i !== j && compareTypes(other, type) < 0).length);
  const after = types.map((type) => types.flatMap((other, j) => (compareTypes(type, other) < 0 ? [j] : [])));
  const ready = before.flatMap((n, i) => (n === 0 ? [i] : []));
  const result: Type[] = [];
  for (let next = ready.shift(); next !== undefined; next = ready.shift()) {
    const type = types[next];
    if (type) result.push(type);
    for (const j of after[next] ?? []) {
      const left = (before[j] ?? 0) - 1;
      before[j] = left;
      if (left === 0) ready.push(j);
    }
  }
  return result;
}

/** Returns a negative number when `a` is more general, a positive one when `b` is, else zero. */
function compareTypes(a: Type, b: Type): number {
  if (a.kind === "dynamic" || b.kind === "dynamic") return Number(a.kind === "dynamic") - Number(b.kind === "dynamic");
  if (a.kind === b.kind) {
    if (isCollection(a) && isCollection(b)) return compareTypes(a.element, b.element);
    if (a.kind === "object" && b.kind === "object") return compareObjects(a, b);
    if (a.kind === "tuple" && b.kind === "tuple") return compareAll(pairs(a.elements, b.elements));
    return 0;
  }
  if (isScalar(a) && isScalar(b)) return Number(b.kind === "string") - Number(a.kind === "string");
  return preference(a, b) - preference(b, a);
}

function isScalar(type: Type): boolean {
  return type.kind === "string" || type.kind === "number" || type.kind === "bool";
}

/** Returns -1 when `b` is converted to the kind of `a`: a tuple to a list, an object to a map, a set to a list or tuple. */
function preference(a: Type, b: Type): number {
  if (b.kind === "set" && (a.kind === "tuple" || a.kind === "list")) return -1;
  if (a.kind === "list" && b.kind === "tuple") return -1;
  return a.kind === "map" && b.kind === "object" ? -1 : 0;
}

function compareObjects(a: ObjectType, b: ObjectType): number {
  const names = [...a.attributes.keys()];
  if (a.attributes.size !== b.attributes.size || !names.every((name) => b.attributes.has(name))) return 0;
  return compareAll(pairs([...a.attributes.values()], [...b.attributes.values()]));
}

function pairs(a: readonly Type[], b: readonly Type[]): readonly (readonly [Type, Type])[] | undefined {
  if (a.length !== b.length) return undefined;
  return a.flatMap((left, i) => {
    const right = b[i];
    return right ? [[left, right] as const] : [];
  });
}

function compareAll(list: readonly (readonly [Type, Type])[] | undefined): number {
  const results = (list ?? []).map(([a, b]) => compareTypes(a, b));
  const general = results.some((n) => n < 0);
  const special = results.some((n) => n > 0);
  return Number(special) - Number(general);
}
