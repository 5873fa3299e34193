import { isCollection, isPrimitive, type ObjectType, sameType, type Type } from "./types.js";
import { unify } from "./unify.js";

/**
 * Whether a conversion between two types exists (cty's `convert.GetConversion`); same types count as convertible. `unsafe`
 * includes those that can fail for some values.
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

/** Whether the parts of a tuple or object can all become elements of a collection; `any` asks for one common type. */
function allTo(parts: readonly Type[], element: Type, unsafe: boolean): boolean {
  if (parts.length === 0) return true;
  const want = element.kind === "dynamic" ? unify(parts, unsafe) : element;
  if (!want) return false;
  if (want.kind === "dynamic" && element.kind === "dynamic") return parts.every((part) => part.kind === "dynamic");
  return parts.every((part) => convertible(part, want, unsafe));
}
