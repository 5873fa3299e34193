import type { Budget } from "../budget.js";
import { unify } from "../values/conversions.js";
import { tryConvert } from "../values/convert.js";
import { equalValues } from "../values/equality.js";
import { withoutDuplicates } from "../values/set.js";
import {
  BOOL,
  compareText,
  DYNAMIC,
  isCollection,
  listOf,
  NUMBER,
  STRING,
  type Type,
  tupleOf,
  typeName,
} from "../values/types.js";
import {
  FALSE,
  isWhollyKnown,
  listValue,
  numberValue,
  stringValue,
  TRUE,
  tupleValue,
  unknownValue,
  type Value,
} from "../values/value.js";
import {
  any,
  defineFunction,
  type FunctionDefinition,
  fail,
  integerOf,
  itemsOf,
  param,
  textsOf,
} from "./definition.js";
import { graphemes } from "./strings.js";

const list = any("list");
const ANY_LIST = listOf(DYNAMIC);

/** Functions of lists, sets and tuples (Packer §2.5), except those that combine them. */
export const COLLECTIONS: Readonly<Record<string, FunctionDefinition>> = {
  alltrue: defineFunction(BOOL, [param("list", listOf(BOOL))], (args) => decided(itemsOf(args, 0), false)),
  anytrue: defineFunction(BOOL, [param("list", listOf(BOOL))], (args) => decided(itemsOf(args, 0), true)),
  chunklist: {
    parameters: [param("list", ANY_LIST), param("size", NUMBER)],
    returns: (args) => listOf(args[0]?.type ?? DYNAMIC),
    call: (args) => chunks(args),
  },
  coalesce: {
    parameters: [],
    variadic: any("vals", { allowUnknown: true, allowDynamic: true, allowNull: true }),
    returns: (args) =>
      unify(
        args.map((arg) => arg.type),
        true,
      ) ?? fail("all arguments must have the same type"),
    call: coalesce,
  },
  coalescelist: {
    parameters: [],
    variadic: any("vals", { allowUnknown: true, allowDynamic: true, allowNull: true }),
    returns: coalesceListType,
    call: coalesceList,
  },
  compact: defineFunction(listOf(STRING), [param("list", listOf(STRING))], (args) => {
    if (!args.every(isWhollyKnown)) return unknownValue(listOf(STRING));
    return listValue(
      STRING,
      itemsOf(args, 0).filter((item) => item.kind === "string" && item.value !== ""),
    );
  }),
  contains: defineFunction(BOOL, [list, any("value")], contains),
  distinct: {
    parameters: [param("list", ANY_LIST)],
    returns: (args) => args[0]?.type ?? ANY_LIST,
    call: (args, type) => {
      if (!args.every(isWhollyKnown)) return unknownValue(type);
      return listValue(elementOf(type), withoutDuplicates(itemsOf(args, 0)));
    },
  },
  element: { parameters: [list, param("index", NUMBER)], returns: elementType, call: element },
  index: defineFunction(NUMBER, [list, any("value")], indexOf),
  length: {
    parameters: [any("value", { allowDynamic: true, allowUnknown: true })],
    returns: (args) => {
      const { type } = args[0] ?? unknownValue();
      return type.kind === "number" || type.kind === "bool"
        ? fail("argument must be a string, a collection or an object")
        : NUMBER;
    },
    call: (args, _, budget) => length(args[0] ?? unknownValue(), budget),
  },
  reverse: {
    parameters: [list],
    returns: (args) => {
      const { type } = args[0] ?? unknownValue();
      if (type.kind === "tuple") return tupleOf([...type.elements].reverse());
      if (type.kind === "list" || type.kind === "set") return listOf(type.element);
      return fail(`can only reverse list or tuple values, not ${typeName(type)}`, 0);
    },
    call: (args, type) => sequence(type, [...itemsOf(args, 0)].reverse()),
  },
  slice: {
    parameters: [list, param("start_index", NUMBER), param("end_index", NUMBER)],
    returns: sliceType,
    call: slice,
  },
  sort: defineFunction(listOf(STRING), [param("list", listOf(STRING), { allowUnknown: true })], (args) => {
    if (!args.every(isWhollyKnown)) return unknownValue(listOf(STRING));
    return listValue(STRING, sortTexts(textsOf(args, 0)));
  }),
};

function sortTexts(texts: readonly string[]): readonly Value[] {
  return [...texts].sort(compareText).map(stringValue);
}

/** Returns a list or tuple of a known result type. */
export function sequence(type: Type, items: readonly Value[]): Value {
  return type.kind === "tuple" ? tupleValue(items) : listValue(elementOf(type), items);
}

/** Returns the type of the elements of a list, set or map, and dynamic for other types. */
export function elementOf(type: Type): Type {
  return isCollection(type) ? type.element : DYNAMIC;
}

function decided(items: readonly Value[], decisive: boolean): Value {
  for (const item of items) {
    if (item.kind === "unknown") return unknownValue(BOOL);
    const value = item.kind === "bool" && item.value;
    if (value === decisive) return decisive ? TRUE : FALSE;
  }
  return decisive ? FALSE : TRUE;
}

function chunks(args: readonly Value[]): Value {
  const size = integerOf(args, 1, "size");
  const type = args[0]?.type ?? ANY_LIST;
  const items = itemsOf(args, 0);
  if (size < 0) fail("the size argument must be positive", 1);
  const result: Value[] = [];
  for (let i = 0; i < items.length; i += size || items.length) {
    result.push(listValue(elementOf(type), items.slice(i, i + (size || items.length))));
  }
  return listValue(type, result);
}

function coalesce(args: readonly Value[], type: Type): Value {
  for (const arg of args) {
    const value = tryConvert(arg, type) ?? fail(`a ${typeName(type)} is required`);
    if (value.kind === "unknown") return unknownValue(type);
    if (value.kind !== "null" && !(value.kind === "string" && value.value === "")) return value;
  }
  return fail("no non-null, non-empty-string arguments");
}

function coalesceListType(args: readonly Value[]): Type {
  if (args.length === 0) fail("at least one argument is required");
  for (const [i, { kind, type }] of args.entries()) {
    if (kind === "unknown") return DYNAMIC;
    if (type.kind !== "list" && type.kind !== "tuple") fail("arguments must be lists or tuples", i);
  }
  return DYNAMIC;
}

function coalesceList(args: readonly Value[]): Value {
  for (const arg of args) {
    if (arg.kind === "unknown") return unknownValue();
    if ("items" in arg && arg.items.length > 0) return arg;
  }
  return fail("no non-null, non-empty arguments");
}

function contains(args: readonly Value[]): Value {
  const searched = args[1] ?? unknownValue();
  if (args[0] && !("items" in args[0])) fail("argument must be a list, tuple or set", 0);
  let unknown = false;
  for (const item of itemsOf(args, 0)) {
    const equal = equalValues(searched, item);
    if (equal.kind === "bool" && equal.value) return TRUE;
    unknown ||= equal.kind === "unknown";
  }
  return unknown ? unknownValue(BOOL) : FALSE;
}

function elementType(args: readonly Value[]): Type {
  const { type } = args[0] ?? unknownValue();
  if (args[1]?.kind === "number" && args[1].value.lessThan(0)) fail("cannot use element with a negative index", 1);
  if (type.kind === "list") return type.element;
  if (type.kind !== "tuple") return fail(`cannot read elements from ${typeName(type)}`, 0);
  if (args[1]?.kind === "unknown") return DYNAMIC;
  if (type.elements.length === 0) fail("cannot use element with an empty list", 0);
  return type.elements[integerOf(args, 1, "index") % type.elements.length] ?? DYNAMIC;
}

function element(args: readonly Value[]): Value {
  const items = itemsOf(args, 0);
  return items[integerOf(args, 1, "index") % items.length] ?? fail("cannot use element with an empty list", 0);
}

function indexOf(args: readonly Value[]): Value {
  const { type } = args[0] ?? unknownValue();
  if (type.kind !== "list" && type.kind !== "tuple") fail("argument must be a list or tuple", 0);
  const items = itemsOf(args, 0);
  if (items.length === 0) fail("cannot search an empty list", 0);
  for (const [i, item] of items.entries()) {
    const equal = equalValues(item, args[1] ?? unknownValue());
    if (equal.kind === "unknown") return unknownValue(NUMBER);
    if (equal.kind === "bool" && equal.value) return numberValue(i);
  }
  return fail("item not found", 1);
}

function length(value: Value, budget: Budget): Value {
  const { type } = value;
  if (type.kind === "tuple") return numberValue(type.elements.length);
  if (type.kind === "object") return numberValue(type.attributes.size);
  if (value.kind === "string") return numberValue(graphemes(value.value, budget).length);
  // Items that are not known yet may be equal later.
  if (value.kind === "set" && !isWhollyKnown(value)) return unknownValue(NUMBER);
  if ("items" in value) return numberValue(value.items.length);
  return "entries" in value ? numberValue(value.entries.size) : unknownValue(NUMBER);
}

function sliceType(args: readonly Value[]): Type {
  const { type } = args[0] ?? unknownValue();
  if (type.kind === "set")
    fail("cannot slice a set, because its elements have no indices; convert it to a list first", 0);
  if (type.kind !== "list" && type.kind !== "tuple") fail("must be a list or tuple value", 0);
  if (args[1]?.kind === "unknown" || args[2]?.kind === "unknown") return type.kind === "list" ? type : DYNAMIC;
  const bounds = sliceBounds(args);
  return type.kind === "tuple" ? tupleOf(type.elements.slice(...bounds)) : type;
}

function sliceBounds(args: readonly Value[]): readonly [number, number] {
  const list = args[0];
  const start = integerOf(args, 1, "start index");
  const end = integerOf(args, 2, "end index");
  const length =
    list && "items" in list ? list.items.length : list?.type.kind === "tuple" ? list.type.elements.length : Infinity;
  if (start < 0 || start > length) fail(`start index must be between 0 and the length of the list (${length})`, 1);
  if (end < 0 || end > length) fail(`end index must be between 0 and the length of the list (${length})`, 2);
  if (start > end) fail("start index must not be greater than end index", 1);
  return [start, end];
}

function slice(args: readonly Value[], type: Type): Value {
  return sequence(type, itemsOf(args, 0).slice(...sliceBounds(args)));
}
