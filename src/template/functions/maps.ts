import { convertValue, tryConvert } from "../values/convert.js";
import { DYNAMIC, listOf, mapOf, objectOf, STRING, sameType, type Type, tupleOf, typeName } from "../values/types.js";
import {
  isWhollyKnown,
  listValue,
  mapValue,
  marked,
  objectValue,
  stringValue,
  tupleValue,
  unknownValue,
  type Value,
} from "../values/value.js";
import { elementOf, sequence } from "./collections.js";
import { any, type FunctionDefinition, fail, itemsOf, param, textsOf } from "./definition.js";

/** Functions of maps and objects (Packer §2.5). */
export const MAPS: Readonly<Record<string, FunctionDefinition>> = {
  keys: {
    parameters: [any("inputMap", { allowUnknown: true, allowMarked: true })],
    returns: (args) => {
      const { type } = args[0] ?? unknownValue();
      if (type.kind === "object") return tupleOf([...type.attributes].map(() => STRING));
      return type.kind === "map" ? listOf(STRING) : fail("must have map or object type", 0);
    },
    call: (args, type) => {
      const map = args[0] ?? unknownValue();
      const names =
        "entries" in map ? map.entries.keys() : map.type.kind === "object" ? map.type.attributes.keys() : undefined;
      return marked(names ? sequence(type, [...names].map(stringValue)) : unknownValue(type), map.sensitive);
    },
  },
  lookup: {
    parameters: [any("inputMap"), param("key", STRING), any("default")],
    returns: lookupType,
    call: lookup,
  },
  merge: {
    parameters: [],
    variadic: any("maps", { allowDynamic: true, allowNull: true, allowMarked: true }),
    returns: mergeType,
    call: merge,
  },
  values: {
    parameters: [any("mapping", { allowMarked: true })],
    returns: (args) => {
      const { type } = args[0] ?? unknownValue();
      if (type.kind === "map") return listOf(type.element);
      return type.kind === "object"
        ? tupleOf([...type.attributes.values()])
        : fail("a map or an object is required", 0);
    },
    call: (args, type) => {
      const map = args[0] ?? unknownValue();
      const items = "entries" in map ? [...map.entries.values()] : [];
      return marked(type.kind === "tuple" ? tupleValue(items) : listValue(elementOf(type), items), map.sensitive);
    },
  },
  zipmap: { parameters: [param("keys", listOf(STRING)), any("values")], returns: zipType, call: zip },
};

function lookupType(args: readonly Value[]): Type {
  const [map = unknownValue(), key = unknownValue(), fallback = unknownValue()] = args;
  if (map.type.kind === "object") {
    if (key.kind !== "string") return DYNAMIC;
    return map.type.attributes.get(key.value) ?? fallback.type;
  }
  if (map.type.kind !== "map") return fail("a map or an object is required", 0);
  if (!tryConvert(fallback, map.type.element))
    fail(`the default must have the type of the elements, ${typeName(map.type.element)}`, 2);
  return map.type.element;
}

function lookup(args: readonly Value[], type: Type): Value {
  const [map = unknownValue(), key = unknownValue(), fallback = unknownValue()] = args;
  if (!isWhollyKnown(map) || !("entries" in map) || key.kind !== "string") return unknownValue(type);
  return map.entries.get(key.value) ?? convertValue(fallback, type);
}

function mergeType(args: readonly Value[]): Type {
  const [first] = args;
  if (!first) return objectOf([]);
  const attributes = new Map<string, Type>();
  let known = true;
  for (const [i, arg] of args.entries()) {
    const { type } = arg;
    if (type.kind === "dynamic") return DYNAMIC;
    if (type.kind !== "map" && type.kind !== "object")
      fail(`arguments must be maps or objects, not ${typeName(type)}`, i);
    if (arg.kind === "null") continue;
    if (type.kind === "object") for (const [name, attribute] of type.attributes) attributes.set(name, attribute);
    else if ("entries" in arg) for (const name of arg.entries.keys()) attributes.set(name, elementOf(type));
    else known = false;
  }
  if (args.every(({ type }) => sameType(type, first.type))) return first.type;
  return known ? objectOf(attributes) : DYNAMIC;
}

function merge(args: readonly Value[], type: Type): Value {
  const entries = new Map<string, Value>();
  for (const arg of args) if ("entries" in arg) for (const [key, value] of arg.entries) entries.set(key, value);
  const sensitive = args.some((arg) => arg.sensitive);
  return marked(type.kind === "map" ? mapValue(type.element, entries) : objectValue(entries), sensitive);
}

function zipType(args: readonly Value[]): Type {
  const [keys = unknownValue(), values = unknownValue()] = args;
  if (values.type.kind === "list") return mapOf(values.type.element);
  if (values.type.kind !== "tuple") return fail("values must be a list or tuple", 1);
  if (!isWhollyKnown(keys)) return DYNAMIC;
  const names = textsOf(args, 0);
  sameLength(names.length, values.type.elements.length);
  const { elements } = values.type;
  return objectOf(new Map(names.map((name, i) => [name, elements[i] ?? DYNAMIC])));
}

function sameLength(keys: number, values: number): void {
  if (keys !== values) fail(`number of keys (${keys}) does not match number of values (${values})`);
}

function zip(args: readonly Value[], type: Type): Value {
  const keys = args[0] ?? unknownValue();
  if (!isWhollyKnown(keys)) return unknownValue(type);
  const names = textsOf(args, 0);
  const values = itemsOf(args, 1);
  sameLength(names.length, values.length);
  const entries = new Map(names.flatMap((name, i) => (values[i] ? [[name, values[i]] as const] : [])));
  return type.kind === "map" ? mapValue(type.element, entries) : objectValue(entries);
}
