import { convertible, unify } from "./conversions.js";
import { mismatch } from "./mismatch.js";
import { exactText, parseExact } from "./number.js";
import { setValue } from "./set.js";
import {
  collectionOf,
  DYNAMIC,
  isCollection,
  type ObjectType,
  objectOf,
  sameType,
  type Type,
  tupleOf,
  withoutOptional,
} from "./types.js";
import {
  boolValue,
  type EntriesValue,
  listValue,
  mapValue,
  marked,
  nullValue,
  numberValue,
  objectValue,
  partsOf,
  stringValue,
  tupleValue,
  unknownValue,
  type Value,
} from "./value.js";

/** A value cannot be converted to a type. `path` is the path of the wrong part, e.g. `[0].name`, or empty. */
export class ConversionError extends Error {
  readonly path: string;

  constructor(message: string, path = "") {
    super(message);
    this.name = "ConversionError";
    this.path = path;
  }

  /** The message with the path: `At [0].name: a number is required`. */
  get detail(): string {
    return this.path === "" ? this.message : `At ${this.path}: ${this.message}`;
  }
}

/** Converts a value to a type by cty's rules. Throws `ConversionError`. */
export function convertValue(value: Value, target: Type): Value {
  return convertAt(value, target, "");
}

/** Converts a value to a type, or returns the result of `otherwise` when it cannot be converted. */
export function convertOr<T>(value: Value, target: Type, otherwise: (error: ConversionError) => T): Value | T {
  try {
    return convertValue(value, target);
  } catch (error) {
    if (error instanceof ConversionError) return otherwise(error);
    throw error;
  }
}

/** Converts a value to a type, or returns undefined when it cannot be converted. */
export function tryConvert(value: Value, target: Type): Value | undefined {
  return convertOr(value, target, () => undefined);
}

function convertAt(value: Value, target: Type, path: string): Value {
  if (sameType(value.type, target) || target.kind === "dynamic") return value;
  if (!convertible(value.type, target, true)) throw new ConversionError(mismatch(value.type, target), path);
  return marked(convertPlain(value, target, path), value.sensitive);
}

function convertPlain(value: Value, target: Type, path: string): Value {
  if (value.kind === "unknown") return unknownValue(resolveType(value.type, withoutOptional(target)));
  if (value.kind === "null") return nullValue(resolveType(value.type, withoutOptional(target)));
  switch (target.kind) {
    case "string":
      return stringValue(primitiveText(value) ?? "");
    case "number":
      return toNumber(value, path);
    case "bool":
      return toBool(value, path);
    case "list":
    case "set":
      return toSequence(value, target.kind, target.element, path);
    case "map":
      return "entries" in value ? toMap(value, target.element, path) : value;
    case "object":
      return "entries" in value ? toObject(value, target, path) : value;
    case "tuple": {
      const items = "items" in value ? value.items : [];
      return tupleValue(items.map((item, i) => convertAt(item, target.elements[i] ?? DYNAMIC, `${path}[${i}]`)));
    }
    default:
      return value;
  }
}

/** Returns the text of a string, number or bool, and undefined for other values. */
function primitiveText(value: Value): string | undefined {
  if (value.kind === "string") return value.value;
  if (value.kind === "number") return exactText(value.value);
  return value.kind === "bool" ? String(value.value) : undefined;
}

function toNumber(value: Value, path: string): Value {
  const number = value.kind === "string" ? parseExact(value.value) : undefined;
  if (!number) throw new ConversionError("a number is required", path);
  return numberValue(number);
}

function toBool(value: Value, path: string): Value {
  const text = value.kind === "string" ? value.value : "";
  if (text === "true" || text === "1") return boolValue(true);
  if (text === "false" || text === "0") return boolValue(false);
  const lower = text.toLowerCase();
  const advice = lower === "true" || lower === "false" ? `; to convert from string, use lowercase "${lower}"` : "";
  throw new ConversionError(`a bool is required${advice}`, path);
}

function toSequence(value: Value, kind: "list" | "set", elementType: Type, path: string): Value {
  const items = [...partsOf(value)];
  if (items.length === 0) {
    const element =
      elementType.kind === "dynamic" && isCollection(value.type) ? value.type.element : withoutOptional(elementType);
    return kind === "list" ? listValue(element, []) : setValue(element, []);
  }
  const element =
    elementType.kind === "dynamic"
      ? (unify(
          items.map((item) => item.type),
          true,
        ) ?? DYNAMIC)
      : elementType;
  const converted = withCommonType(
    items.map((item, i) => convertAt(item, element, `${path}[${i}]`)),
    path,
  );
  return kind === "list" ? listValue(converted.type, converted.items) : setValue(converted.type, converted.items);
}

function toMap(value: EntriesValue, elementType: Type, path: string): Value {
  const entries = [...value.entries];
  if (entries.length === 0) {
    const element =
      elementType.kind === "dynamic" && isCollection(value.type) ? value.type.element : withoutOptional(elementType);
    return mapValue(element, []);
  }
  const element =
    elementType.kind === "dynamic"
      ? (unify(
          entries.map(([, item]) => item.type),
          true,
        ) ?? DYNAMIC)
      : elementType;
  const items = entries.map(([key, item]) => convertAt(item, element, `${path}[${JSON.stringify(key)}]`));
  const converted = withCommonType(items, path);
  return mapValue(
    converted.type,
    entries.map(([key], i) => [key, converted.items[i] ?? nullValue(element)] as const),
  );
}

/** Gives all elements of a collection one type: after conversion to a constraint with `any` their types may differ. */
function withCommonType(items: readonly Value[], path: string): { type: Type; items: readonly Value[] } {
  const first = items[0]?.type ?? DYNAMIC;
  if (items.every((item) => sameType(item.type, first))) return { type: first, items };
  const type = unify(
    items.map((item) => item.type),
    true,
  );
  if (!type) throw new ConversionError("cannot find a common base type for all elements", path);
  return { type, items: items.map((item) => convertAt(item, type, path)) };
}

function toObject(value: EntriesValue, target: ObjectType, path: string): Value {
  const entries = [...target.attributes].map(([name, type]) => {
    const given = value.entries.get(name);
    if (given) return [name, convertAt(given, type, `${path}.${name}`)] as const;
    if (target.optional.has(name)) return [name, nullValue(withoutOptional(type))] as const;
    throw new ConversionError(`map has no element for required attribute ${JSON.stringify(name)}`, path);
  });
  return objectValue(entries);
}

/** Returns the constraint with its `any` parts replaced from the given type: the type of an unknown or null after conversion. */
function resolveType(from: Type, to: Type): Type {
  if (from.kind === "dynamic" || sameType(from, to)) return to;
  if (to.kind === "dynamic") return from;
  if (isCollection(to)) {
    const element = elementOf(from, to.kind === "map");
    return element ? collectionOf(to.kind, resolveType(element, to.element)) : to;
  }
  if (to.kind === "object") {
    return objectOf(
      [...to.attributes].map(([name, type]) => {
        const given =
          from.kind === "object" ? from.attributes.get(name) : from.kind === "map" ? from.element : undefined;
        return [name, given ? resolveType(given, type) : type] as const;
      }),
    );
  }
  if (to.kind === "tuple" && from.kind === "tuple") {
    return tupleOf(to.elements.map((type, i) => resolveType(from.elements[i] ?? DYNAMIC, type)));
  }
  return to;
}

function elementOf(from: Type, asMap: boolean): Type | undefined {
  if (asMap) {
    if (from.kind === "map") return from.element;
    return from.kind === "object" ? unify([...from.attributes.values()], true) : undefined;
  }
  if (from.kind === "list" || from.kind === "set") return from.element;
  return from.kind === "tuple" ? unify(from.elements, true) : undefined;
}
