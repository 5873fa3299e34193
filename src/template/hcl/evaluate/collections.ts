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
import { attemptScope, childScope, evaluate, reportProblem, type Scope, toSentence } from "./scope.js";

/** Evaluates `[for …]` to a tuple. */
export function evaluateForTuple(expression: ForTuple, scope: Scope): Value {
  const collection = evaluateCollection(expression, scope);
  if (!("items" in collection || "entries" in collection)) return collection;
  const iteration = { known: true, sensitive: collection.sensitive };
  const items: Value[] = [];
  for (const inner of iterationScopes(expression, collection, scope, iteration))
    items.push(evaluate(expression.value, inner));
  return marked(iteration.known ? tupleValue(items) : unknownValue(), iteration.sensitive);
}

/** Evaluates `{for …}` to an object. With `...`, the value of a key is the tuple of all its values. */
export function evaluateForObject(expression: ForObject, scope: Scope): Value {
  const collection = evaluateCollection(expression, scope);
  if (!("items" in collection || "entries" in collection)) return collection;
  const iteration = { known: true, sensitive: collection.sensitive };
  const groups = new Map<string, Value[]>();
  let known = true;
  let sensitive = false;
  for (const inner of iterationScopes(expression, collection, scope, iteration)) {
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
    else reportDuplicateKey(expression, key.value, scope);
  }
  const entries = [...groups].flatMap(([key, [first, ...rest]]) =>
    first ? [[key, expression.grouped ? tupleValue([first, ...rest]) : first] as const] : [],
  );
  return marked(known && iteration.known ? objectValue(entries) : unknownValue(), sensitive || iteration.sensitive);
}

function reportDuplicateKey(expression: ForObject, key: string, scope: Scope): void {
  reportProblem(scope, {
    code: "duplicate-key",
    summary: `Two different items produced the key ${JSON.stringify(key)} in this 'for' expression`,
    hint: "Write ... after the value to group the values by key.",
    range: expression.key.range,
  });
}

function evaluateCollection(expression: ForHead, scope: Scope): Value {
  const range = expression.collection.range;
  const value = evaluate(expression.collection, scope);
  if (value.kind === "null") {
    return reportProblem(scope, {
      code: "null-collection",
      summary: "A null value cannot be used as the collection in a 'for' expression",
      range,
    });
  }
  if ("items" in value || "entries" in value) return value;
  if (value.type.kind === "string" || value.type.kind === "number" || value.type.kind === "bool") {
    const summary = `A value of type ${typeName(value.type)} cannot be used as the collection in a 'for' expression`;
    const detail = "A list, set, map or object is required.";
    return reportProblem(scope, { code: "not-iterable", summary, detail, range });
  }
  return marked(unknownValue(), value.sensitive);
}

/** What the `if` clauses and the collection say about the result. Complete after the last scope. */
interface Iteration {
  known: boolean;
  sensitive: boolean;
}

/** Returns one scope after the other, for each item that passes the `if` clause. */
function* iterationScopes(
  expression: ForHead,
  collection: SequenceValue | EntriesValue,
  scope: Scope,
  iteration: Iteration,
): Iterable<Scope> {
  for (const [key, value] of elementsOf(collection)) {
    scope.budget.charge("steps", 1);
    const names: [string, Value][] = [[expression.valueName.name, value]];
    if (expression.keyName) names.unshift([expression.keyName.name, key]);
    const inner = childScope(scope, names);
    if (expression.condition) {
      // Report an invalid condition once, not for every item.
      const reporting = iteration.known ? inner : attemptScope(inner);
      const included = evaluateCondition(expression.condition, reporting);
      iteration.sensitive ||= included.sensitive;
      if (included.kind !== "bool") iteration.known = false;
      if (included.kind !== "bool" || !included.value) continue;
    }
    yield inner;
  }
}

function evaluateCondition(condition: Expression, scope: Scope): Value {
  const value = evaluate(condition, scope);
  const code = "wrong-condition";
  const { range } = condition;
  if (value.kind === "null")
    return reportProblem(scope, { code, summary: "The value of the 'if' clause must not be null", range });
  return convertOr(value, BOOL, ({ message }) => {
    return reportProblem(scope, {
      code,
      summary: "The value of the 'if' clause must be true or false",
      detail: toSentence(message),
      range,
    });
  });
}

/** Returns a key as a string. `lead` starts the detail of an error about its type. */
function evaluateKey(key: Expression, lead: string, scope: Scope): Value {
  const value = evaluate(key, scope);
  const { range } = key;
  if (value.kind === "null")
    return reportProblem(scope, { code: "null-key", summary: "A null value cannot be used as a key", range });
  return convertOr(value, STRING, ({ message }) => {
    const detail = `${lead}${toSentence(message)}`;
    return reportProblem(scope, { code: "wrong-key", summary: "This value cannot be used as a key", detail, range });
  });
}

/** Evaluates `{ key = value }`. The last item with a key takes precedence. An unknown key makes the whole object unknown. */
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
    return reportProblem(scope, {
      code: "ambiguous-key",
      summary: "This key is ambiguous: it can be a reference or a literal name",
      hint: "Put a reference in parentheses and a literal name in quotes.",
      range: key.range,
    });
  }
  return evaluateKey(key, "A key must be a string. ", scope);
}
