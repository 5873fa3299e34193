import { convertible } from "./conversions.js";
import {
  type CollectionType,
  hasDynamic,
  isCollection,
  isPrimitive,
  type ObjectType,
  requiredName,
  type Type,
  typeName,
} from "./types.js";

/** Returns why a value of one type cannot be converted to the other, as the end of a sentence: `number required`. */
export function mismatch(actual: Type, target: Type): string {
  if (actual.kind === "object" && target.kind === "object") return objects(actual, target);
  if (
    isCollection(target) &&
    target.element.kind === "dynamic" &&
    actual.kind === (target.kind === "map" ? "object" : "tuple")
  ) {
    return `all ${target.kind} elements must have the same type`;
  }
  if (isCollection(target) && (actual.kind === "tuple" || actual.kind === "object")) return structural(actual, target);
  if (isCollection(target) && isCollection(actual)) return collections(actual, target);
  if (obviouslyDifferent(actual, target)) return `${typeName(target)} required, but have ${typeName(actual)}`;
  return `${requiredName(target)} required`;
}

function objects(actual: ObjectType, target: ObjectType): string {
  const missing = [...target.attributes.keys()].filter(
    (name) => !actual.attributes.has(name) && !target.optional.has(name),
  );
  if (missing.length > 0) {
    const quoted = missing.map((name) => JSON.stringify(name));
    const last = quoted.pop();
    if (quoted.length === 0) return `attribute ${last} is required`;
    return `attributes ${quoted.join(", ")}${quoted.length > 1 ? "," : ""} and ${last} are required`;
  }
  for (const unsafe of [true, false]) {
    for (const [name, type] of target.attributes) {
      const given = actual.attributes.get(name);
      if (given && !convertible(given, type, unsafe))
        return `attribute ${JSON.stringify(name)}: ${mismatch(given, type)}`;
    }
  }
  return "incorrect object attributes";
}

function structural(actual: Type, target: CollectionType): string {
  const parts =
    actual.kind === "tuple" && target.kind !== "map"
      ? actual.elements.map((type, i) => [String(i), type] as const)
      : actual.kind === "object" && target.kind === "map"
        ? [...actual.attributes].map(([name, type]) => [JSON.stringify(name), type] as const)
        : undefined;
  if (!parts) return `${requiredName(target)} required`;
  for (const [name, type] of parts) {
    if (!convertible(type, target.element, true)) return `element ${name}: ${mismatch(type, target.element)}`;
  }
  return `all elements must be ${requiredName(target.element)}`;
}

function collections(actual: CollectionType, target: CollectionType): string {
  const alike = target.kind === "map" ? actual.kind === "map" : actual.kind !== "map";
  if (!alike) return `${requiredName(target)} required`;
  return `incorrect ${target.kind} element type: ${mismatch(actual.element, target.element)}`;
}

/** Returns whether the message is clearer with both types. */
function obviouslyDifferent(actual: Type, target: Type): boolean {
  if (isPrimitive(actual) !== isPrimitive(target) || target.kind === "string") return true;
  if (isPrimitive(actual) && isPrimitive(target) && actual.kind !== "string") return true;
  if (isCollection(actual) && isCollection(target) && !hasDynamic(actual.element) && hasDynamic(target.element))
    return true;
  return actual.kind === "tuple" && target.kind === "object";
}
