import { convertible } from "./convertible.js";
import { sortTypes } from "./type-order.js";
import { collectionOf, DYNAMIC, isCollection, listOf, mapOf, objectOf, sameType, type Type, tupleOf } from "./types.js";

/**
 * The one type that values of all the given types can be converted to, or undefined (cty's `convert.Unify`). `unsafe` allows
 * conversions that can fail for some values (text to number).
 */
export function unify(types: readonly Type[], unsafe: boolean): Type | undefined {
  const first = types[0];
  if (!first) return undefined;
  const structural = unifyStructural(types, unsafe);
  if (structural !== "general") return structural;
  for (const want of sortTypes(types)) {
    if (types.every((type) => sameType(type, want) || convertible(type, want, unsafe))) return want;
  }
  return undefined;
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

/** Objects among maps (tuples among lists) are taken as maps (lists) when they can be. */
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
  return reachable(types, result, unsafe) ? result : objectsAsMap(types, unsafe);
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
  return reachable(types, result, unsafe) ? result : tuplesAsList(types, unsafe);
}

function objectsAsMap(types: readonly Type[], unsafe: boolean): Type | undefined {
  const parts = types.flatMap((type) => (type.kind === "object" ? [...type.attributes.values()] : []));
  const element = unify(parts, unsafe);
  return element && reachableOrUndefined(types, mapOf(element), unsafe);
}

function tuplesAsList(types: readonly Type[], unsafe: boolean): Type | undefined {
  const parts = types.flatMap((type) => (type.kind === "tuple" ? type.elements : []));
  const element = unify(parts, unsafe);
  return element && reachableOrUndefined(types, listOf(element), unsafe);
}

function reachableOrUndefined(types: readonly Type[], want: Type, unsafe: boolean): Type | undefined {
  return reachable(types, want, unsafe) ? want : undefined;
}

function reachable(types: readonly Type[], want: Type, unsafe: boolean): boolean {
  return types.every((type) => sameType(type, want) || convertible(type, want, unsafe));
}
