import { convertOr } from "../../values/convert.js";
import { BOOL, STRING, typeName } from "../../values/types.js";
import {
  type EntriesValue,
  elementsOf,
  marked,
  objectValue,
  type SequenceValue,
  stringValue,
  tupleValue,
  unknownValue,
  type Value,
} from "../../values/value.js";
import type { Expression, ForHead, ForObject, ForTuple, ObjectExpression, ObjectKey } from "../syntax/ast.js";
import { attemptScope, childScope, complain, evaluate, type Scope } from "./scope.js";

/** `[for …]`: a tuple. */
export function evaluateForTuple(expression: ForTuple, scope: Scope): Value {
  const collection = evaluateCollection(expression, scope);
  if (!("items" in collection || "entries" in collection)) return collection;
  const walk = rounds(expression, collection, scope);
  const items = walk.scopes.map((inner) => evaluate(expression.value, inner));
  return marked(walk.known ? tupleValue(items) : unknownValue(), walk.sensitive);
}

/** `{for …}`: an object; with `...` its values are tuples of all values of one key. */
export function evaluateForObject(expression: ForObject, scope: Scope): Value {
  const collection = evaluateCollection(expression, scope);
  if (!("items" in collection || "entries" in collection)) return collection;
  const walk = rounds(expression, collection, scope);
  const groups = new Map<string, Value[]>();
  let { known, sensitive } = walk;
  for (const inner of walk.scopes) {
    const key = evaluateKey(expression.key, "", inner);
    sensitive ||= key.sensitive;
    if (key.kind !== "string") {
      known = false;
      continue;
    }
    const value = evaluate(expression.value, inner);
    const group = groups.get(key.value);
    if (!group) groups.set(key.value, [value]);
    else if (expression.grouped) group.push(value);
    else duplicateKey(expression, key.value, scope);
  }
  const entries = [...groups].flatMap(([key, [first, ...rest]]) =>
    first ? [[key, expression.grouped ? tupleValue([first, ...rest]) : first] as const] : [],
  );
  return marked(known ? objectValue(entries) : unknownValue(), sensitive);
}

function duplicateKey(expression: ForObject, key: string, scope: Scope): void {
  complain(scope, {
    code: "duplicate-key",
    summary: `Two items of this for expression have the key ${JSON.stringify(key)}`,
    hint: "Write ... after the value to collect all values of a key in a list.",
    range: expression.key.range,
  });
}

function evaluateCollection(expression: ForHead, scope: Scope): Value {
  const range = expression.collection.range;
  const value = evaluate(expression.collection, scope);
  if (value.kind === "null") {
    return complain(scope, { code: "null-collection", summary: "A for expression cannot go through null", range });
  }
  if ("items" in value || "entries" in value) return value;
  if (value.type.kind === "string" || value.type.kind === "number" || value.type.kind === "bool") {
    const summary = `A for expression needs a list, set, map or object, not a ${typeName(value.type)}`;
    return complain(scope, { code: "not-iterable", summary, range });
  }
  return marked(unknownValue(), value.sensitive);
}

interface Rounds {
  readonly scopes: readonly Scope[];
  readonly known: boolean;
  readonly sensitive: boolean;
}

/** One scope for each item that the `if` lets through. */
function rounds(expression: ForHead, collection: SequenceValue | EntriesValue, scope: Scope): Rounds {
  const scopes: Scope[] = [];
  let known = true;
  let sensitive = collection.sensitive;
  for (const [key, value] of elementsOf(collection)) {
    const names: [string, Value][] = [[expression.valueName.name, value]];
    if (expression.keyName) names.unshift([expression.keyName.name, key]);
    const inner = childScope(scope, names);
    if (expression.condition) {
      // A condition that is wrong for every item is reported once.
      const reporting = known ? inner : attemptScope(inner);
      const included = evaluateCondition(expression.condition, reporting);
      sensitive ||= included.sensitive;
      if (included.kind !== "bool") known = false;
      if (included.kind !== "bool" || !included.value) continue;
    }
    scopes.push(inner);
  }
  return { scopes, known, sensitive };
}

function evaluateCondition(condition: Expression, scope: Scope): Value {
  const value = evaluate(condition, scope);
  const code = "wrong-condition";
  const { range } = condition;
  if (value.kind === "null") return complain(scope, { code, summary: "The if of a for expression is null", range });
  return convertOr(value, BOOL, ({ message }) => {
    const detail = `It is of type ${typeName(value.type)}: ${message}.`;
    return complain(scope, { code, summary: "The if of a for expression must be true or false", detail, range });
  });
}

/** A key as text; `lead` starts the detail of a complaint about its type. */
function evaluateKey(key: Expression, lead: string, scope: Scope): Value {
  const value = evaluate(key, scope);
  const { range } = key;
  if (value.kind === "null")
    return complain(scope, { code: "null-key", summary: "The key of an object must not be null", range });
  return convertOr(value, STRING, ({ message }) => {
    const detail = `${lead}${message}.`;
    return complain(scope, { code: "wrong-key", summary: "This value cannot be a key", detail, range });
  });
}

/** `{ key = value }`; a later item with the same key wins. Unknown keys make the whole object unknown. */
export function evaluateObject(expression: ObjectExpression, scope: Scope): Value {
  const entries = new Map<string, Value>();
  let known = true;
  let sensitive = false;
  for (const item of expression.items) {
    const key = evaluateObjectKey(item.key, scope);
    const value = evaluate(item.value, scope);
    sensitive ||= key.sensitive;
    if (key.kind === "string") entries.set(key.value, value);
    else known = false;
  }
  return marked(known ? objectValue(entries) : unknownValue(), sensitive);
}

function evaluateObjectKey(key: ObjectKey, scope: Scope): Value {
  if (key.kind === "name") return stringValue(key.name);
  if (key.kind === "traversal" && key.source.kind === "variable") {
    return complain(scope, {
      code: "ambiguous-key",
      summary: "This key could be a reference or a name",
      hint: "Put it in parentheses to use the value it refers to, or in quotes to use it as text.",
      range: key.range,
    });
  }
  return evaluateKey(key, "A key is text: ", scope);
}
