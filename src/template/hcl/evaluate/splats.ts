import { DYNAMIC, isCollection, listOf, sameType, type Type, tupleOf } from "../../values/types.js";
import { listValue, marked, type SequenceValue, tupleValue, unknownValue, type Value } from "../../values/value.js";
import type { SplatStep } from "../syntax/ast.js";
import { complain, type Scope } from "./scope.js";
import { applySteps } from "./traversals.js";

/** `[*]` and `.*`: the steps for every element; a single value is taken as a list of one, null as an empty one. */
export function evaluateSplat(value: Value, step: SplatStep, scope: Scope): Value {
  const { type } = value;
  const sequence = type.kind === "list" || type.kind === "set" || type.kind === "tuple";
  if (value.kind === "null") {
    if (!sequence) return marked(tupleValue([]), value.sensitive);
    const summary = `This ${type.kind} is null; ${step.form === "full" ? "[*]" : ".*"} needs its elements`;
    return complain(scope, { code: "splat-of-null", summary, range: step.operatorRange });
  }
  if (type.kind === "dynamic") return marked(unknownValue(), value.sensitive);
  if (value.kind === "list" || value.kind === "set" || value.kind === "tuple") return spread(value, step, scope);
  if (!sequence) {
    const item = applySteps(value, step.steps, scope);
    // An unknown value may turn out to be null, and then the result is empty.
    return marked(value.kind === "unknown" ? unknownValue() : tupleValue([item]), value.sensitive);
  }
  return marked(unknownValue(resultType(type, step, scope)), value.sensitive);
}

function spread(value: SequenceValue, step: SplatStep, scope: Scope): Value {
  const items = value.items.map((item) => applySteps(item, step.steps, scope));
  if (value.kind === "tuple") return marked(tupleValue(items), value.sensitive);
  const first = items[0];
  if (!first) {
    const type = resultType(value.type, step, scope);
    return marked(listValue(type.kind === "list" ? type.element : DYNAMIC, []), value.sensitive);
  }
  if (items.every((item) => sameType(item.type, first.type)))
    return marked(listValue(first.type, items), value.sensitive);
  if (items.some((item) => item.type.kind === "dynamic")) return marked(unknownValue(), value.sensitive);
  return complain(scope, {
    code: "mixed-splat",
    summary: "The elements of this splat have different types",
    hint: "Use a for expression: [for x in LIST : x…].",
    range: step.range,
  });
}

/** The type that a splat over an unknown or empty sequence has; steps that no element can take are told. */
function resultType(type: Type, step: SplatStep, scope: Scope): Type {
  const each = (element: Type) => applySteps(unknownValue(element), step.steps, scope).type;
  if (type.kind === "tuple") return tupleOf(type.elements.map(each));
  return isCollection(type) ? listOf(each(type.element)) : DYNAMIC;
}
