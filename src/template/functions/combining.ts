import type { Budget } from "../budget.js";
import { unify } from "../values/conversions.js";
import { convertValue } from "../values/convert.js";
import { sameValue } from "../values/equality.js";
import { exactText } from "../values/number.js";
import { setValue } from "../values/set.js";
import { DYNAMIC, listOf, NUMBER, setOf, type Type, tupleOf, typeName } from "../values/types.js";
import {
  isDeeplySensitive,
  isWhollyKnown,
  listValue,
  marked,
  numberValue,
  tupleValue,
  unknownValue,
  type Value,
} from "../values/value.js";
import { elementOf, sequence } from "./collections.js";
import { any, defineFunction, type FunctionDefinition, fail, itemsOf, numberOf, param } from "./definition.js";

const sets = param("other_sets", setOf(DYNAMIC), { allowDynamic: true });
const firstSet = param("first_set", setOf(DYNAMIC), { allowDynamic: true });

/** Functions that combine lists and sets (Packer §2.5). */
export const COMBINING: Readonly<Record<string, FunctionDefinition>> = {
  concat: { parameters: [], variadic: any("seqs", { allowMarked: true }), returns: concatType, call: concat },
  flatten: {
    parameters: [any("list")],
    returns: (args) => {
      const list = args[0] ?? unknownValue();
      if (!isWhollyKnown(list)) return DYNAMIC;
      const { kind } = list.type;
      if (kind !== "list" && kind !== "set" && kind !== "tuple") fail("can only flatten lists, sets and tuples", 0);
      return DYNAMIC;
    },
    call: (args) => flatten(args[0] ?? unknownValue()),
  },
  range: defineFunction(listOf(NUMBER), [], range, param("params", NUMBER)),
  setintersection: { parameters: [firstSet], variadic: sets, returns: setType, call: intersection },
  setproduct: {
    parameters: [],
    variadic: any("sets", { allowUnknown: true }),
    returns: productType,
    call: product,
  },
  setunion: { parameters: [firstSet], variadic: sets, returns: setType, call: union },
};

function concatType(args: readonly Value[]): Type {
  if (args.length === 0) fail("at least one argument is required");
  if (args.every((arg) => arg.type.kind === "list")) {
    const common = unify(
      args.map((arg) => arg.type),
      true,
    );
    if (common) return common;
  }
  const elements: Type[] = [];
  for (const [i, { type, ...arg }] of args.entries()) {
    if (type.kind === "tuple") for (const element of type.elements) elements.push(element);
    else if (type.kind !== "list") fail(`all arguments must be lists or tuples; got ${typeName(type)}`, i);
    else if (arg.kind === "unknown") return DYNAMIC;
    else if ("items" in arg) for (let n = arg.items.length; n > 0; n--) elements.push(type.element);
  }
  return tupleOf(elements);
}

function concat(args: readonly Value[], type: Type): Value {
  const sensitive = args.some((arg) => arg.sensitive);
  const lists = type.kind === "list" ? args.map((arg) => convertValue(arg, type)) : args;
  return marked(
    sequence(
      type,
      lists.flatMap((_, i) => itemsOf(lists, i)),
    ),
    sensitive,
  );
}

/** Flattens nested lists of any depth into one tuple. */
function flatten(list: Value): Value {
  const items = leaves(list);
  return items ? tupleValue(items) : unknownValue();
}

function leaves(list: Value): readonly Value[] | undefined {
  if (!("items" in list)) return undefined;
  const result: Value[] = [];
  for (const item of list.items) {
    const { kind } = item.type;
    const nested = item.kind !== "null" && (kind === "list" || kind === "set" || kind === "tuple");
    const inner = nested ? leaves(item) : item.kind === "unknown" && kind === "dynamic" ? undefined : [item];
    if (!inner) return undefined;
    for (const each of inner) result.push(each);
  }
  return result;
}

/** Maximum number of values of `range`. */
const RANGE_LIMIT = 1024;

function range(args: readonly Value[]): Value {
  if (args.length < 1 || args.length > 3) fail("must have one, two or three arguments");
  const given = args.map((_, i) => numberOf(args, i));
  const zero = numberOf([numberValue(0)], 0);
  const one = numberOf([numberValue(1)], 0);
  const [start = zero, end = zero] = given.length === 1 ? [zero, ...given] : given;
  const step = given[2] ?? (end.lessThan(start) ? one.negated() : one);
  if (step.isZero()) fail("step must not be zero", 2);
  const down = step.isNegative();
  if (down && end.greaterThan(start)) fail("end must be less than start when step is negative", 1);
  if (!down && end.lessThan(start)) fail("end must be greater than start when step is positive", 1);
  const values: Value[] = [];
  for (let n = start; down ? n.greaterThan(end) : n.lessThan(end); n = n.plus(step)) {
    if (values.length >= RANGE_LIMIT) {
      fail(`more than ${RANGE_LIMIT} values from ${exactText(start)} to ${exactText(end)}; use a larger step`);
    }
    values.push(numberValue(n));
  }
  return listValue(NUMBER, values);
}

function setType(args: readonly Value[]): Type {
  const elements = args.flatMap((arg) => {
    const element = elementOf(arg.type);
    const empty = "items" in arg && arg.items.length === 0 && element.kind === "dynamic";
    return empty ? [] : [element];
  });
  if (elements.length === 0) return setOf(DYNAMIC);
  return setOf(unify(elements, true) ?? fail("the elements of all sets must be of one type"));
}

function union(args: readonly Value[], type: Type): Value {
  const all = args.map((arg) => convertValue(arg, type));
  if (all.some((set) => set.kind === "unknown")) return unknownValue(type);
  return setValue(
    elementOf(type),
    all.flatMap((_, i) => itemsOf(all, i)),
  );
}

function intersection(args: readonly Value[], type: Type, budget: Budget): Value {
  const all = args.map((arg) => convertValue(arg, type));
  if (!all.every(isWhollyKnown)) return unknownValue(type);
  const [first = [], ...rest] = all.map((_, i) => itemsOf(all, i));
  budget.charge(
    "steps",
    rest.reduce((sum, set) => sum + set.length * first.length, 0),
  );
  return setValue(
    elementOf(type),
    first.filter((item) => rest.every((set) => set.some((other) => sameValue(item, other)))),
  );
}

function productType(args: readonly Value[]): Type {
  if (args.length < 2) fail("at least two arguments are required");
  const elements = args.map(({ type }, i) => {
    if (type.kind === "set" || type.kind === "list") return type.element;
    if (type.kind !== "tuple") return fail("a set or a list is required", i);
    if (type.elements.length === 0) return DYNAMIC;
    return unify(type.elements, true) ?? fail("all elements must be of the same type", i);
  });
  const ordered = args.every(({ type }) => type.kind !== "set");
  return ordered ? listOf(tupleOf(elements)) : setOf(tupleOf(elements));
}

function product(args: readonly Value[], type: Type, budget: Budget): Value {
  if (args.some((arg) => arg.kind === "unknown")) return unknownValue(type);
  const size = args.reduce((rows, _, i) => rows * itemsOf(args, i).length, 1);
  budget.require("elements", size * (args.length + 1));
  const tuple = elementOf(type);
  const elements = tuple.kind === "tuple" ? tuple.elements : [];
  let rows: readonly (readonly Value[])[] = [[]];
  for (const [i, element] of elements.entries()) {
    const column = itemsOf(args, i).map((item) => convertValue(item, element));
    rows = rows.flatMap((row) => column.map((item) => [...row, item]));
  }
  const tuples = rows.map(tupleValue);
  const result = type.kind === "set" ? setValue(tuple, tuples) : listValue(tuple, tuples);
  return marked(result, args.some(isDeeplySensitive));
}
