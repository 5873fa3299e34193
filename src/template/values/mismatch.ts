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

/** Why no value of one type can become the other, as the end of a sentence: `number required`. */
export function mismatch(got: Type, want: Type): string {
  if (got.kind === "object" && want.kind === "object") return objects(got, want);
  if (
    isCollection(want) &&
    want.element.kind === "dynamic" &&
    got.kind === (want.kind === "map" ? "object" : "tuple")
  ) {
    return `all ${want.kind} elements must have the same type`;
  }
  if (isCollection(want) && (got.kind === "tuple" || got.kind === "object")) return structural(got, want);
  if (isCollection(want) && isCollection(got)) return collections(got, want);
  if (obviouslyDifferent(got, want)) return `${typeName(want)} required, but have ${typeName(got)}`;
  return `${requiredName(want)} required`;
}

function objects(got: ObjectType, want: ObjectType): string {
  const missing = [...want.attributes.keys()].filter((name) => !got.attributes.has(name) && !want.optional.has(name));
  if (missing.length > 0) {
    const quoted = missing.map((name) => JSON.stringify(name));
    const last = quoted.pop();
    if (quoted.length === 0) return `attribute ${last} is required`;
    return `attributes ${quoted.join(", ")}${quoted.length > 1 ? "," : ""} and ${last} are required`;
  }
  for (const unsafe of [true, false]) {
    for (const [name, type] of want.attributes) {
      const given = got.attributes.get(name);
      if (given && !convertible(given, type, unsafe))
        return `attribute ${JSON.stringify(name)}: ${mismatch(given, type)}`;
    }
  }
  return "incorrect object attributes";
}

function structural(got: Type, want: CollectionType): string {
  const parts =
    got.kind === "tuple" && want.kind !== "map"
      ? got.elements.map((type, i) => [String(i), type] as const)
      : got.kind === "object" && want.kind === "map"
        ? [...got.attributes].map(([name, type]) => [JSON.stringify(name), type] as const)
        : undefined;
  if (!parts) return `${requiredName(want)} required`;
  for (const [name, type] of parts) {
    if (!convertible(type, want.element, true)) return `element ${name}: ${mismatch(type, want.element)}`;
  }
  return `all elements must be ${requiredName(want.element)}`;
}

function collections(got: CollectionType, want: CollectionType): string {
  const alike = want.kind === "map" ? got.kind === "map" : got.kind !== "map";
  if (!alike) return `${requiredName(want)} required`;
  return `incorrect ${want.kind} element type: ${mismatch(got.element, want.element)}`;
}

/** Whether naming both types helps. */
function obviouslyDifferent(got: Type, want: Type): boolean {
  if (isPrimitive(got) !== isPrimitive(want) || want.kind === "string") return true;
  if (isPrimitive(got) && isPrimitive(want) && got.kind !== "string") return true;
  if (isCollection(got) && isCollection(want) && !hasDynamic(got.element) && hasDynamic(want.element)) return true;
  return got.kind === "tuple" && want.kind === "object";
}
