import { suggest } from "../../../core/diagnostics.js";
import type { Range } from "../../../core/source.js";
import { convertOr } from "../../values/convert.js";
import { safeInteger } from "../../values/number.js";
import { isCollection, NUMBER, STRING, typeName } from "../../values/types.js";
import { marked, unknownValue, type Value } from "../../values/value.js";
import { didYouMean, reportProblem, type Scope } from "./scope.js";

/** An attribute that an expression refers to. */
interface AttributeAccess {
  readonly name: string;
  readonly range: Range;
  /** The path to the value, for example `var`; undefined when the value has no name. */
  readonly path: string | undefined;
}

/** Returns `value.name` of an object or map. */
export function getAttribute(value: Value, access: AttributeAccess, scope: Scope): Value {
  const { type } = value;
  const { name, range } = access;
  if (value.kind === "null") {
    const summary = `This value is null, so it does not have an attribute named "${name}"`;
    return reportProblem(scope, { code: "attribute-of-null", summary, range });
  }
  if (type.kind === "dynamic") return marked(unknownValue(), value.sensitive);
  if (type.kind === "object") {
    const attribute = type.attributes.get(name);
    if (!attribute) return reportMissingAttribute([...type.attributes.keys()], access, scope);
    if (value.kind !== "object") return marked(unknownValue(attribute), value.sensitive);
    return marked(value.entries.get(name) ?? unknownValue(attribute), value.sensitive);
  }
  if (type.kind === "map") {
    if (value.kind !== "map") return marked(unknownValue(type.element), value.sensitive);
    const element = value.entries.get(name);
    return element
      ? marked(element, value.sensitive)
      : reportMissingElement([...value.entries.keys()], name, range, scope);
  }
  const advice =
    isCollection(type) && type.element.kind === "object"
      ? `Use an index for one element, or [*].${name} for all elements.`
      : undefined;
  const summary = `A value of type ${typeName(type)} does not have any attributes`;
  return reportProblem(scope, { code: "no-attributes", summary, hint: advice, range });
}

/** The error and the hint for a missing name, by root. */
const MISSING: Readonly<Record<string, (name: string) => readonly [summary: string, hint: string]>> = {
  var: (name) => [`Variable "${name}" is not declared`, `Declare it with variable "${name}" { … }.`],
  local: (name) => [`Local value "${name}" is not declared`, `Define it in a locals block: ${name} = ….`],
  data: (name) => [`No data source of type "${name}" is declared`, `Declare it with data "${name}" "NAME" { … }.`],
};

function reportMissingAttribute(names: readonly string[], { name, range, path }: AttributeAccess, scope: Scope): Value {
  const near = suggest(name, names);
  const missing = path === undefined ? undefined : MISSING[path]?.(name);
  if (missing) {
    const [summary, hint] = missing;
    return reportProblem(scope, { code: "unknown-reference", summary, hint: didYouMean(near) ?? hint, range });
  }
  if (path !== undefined && /^data\.[^.]+$/.test(path)) {
    const summary = `Data source "${path.slice("data.".length)}.${name}" is not declared`;
    return reportProblem(scope, { code: "unknown-reference", summary, hint: didYouMean(near), range });
  }
  return reportProblem(scope, {
    code: "unknown-attribute",
    summary: `${path === undefined ? "This object" : `"${path}"`} does not have an attribute named "${name}"`,
    detail: names.length > 0 ? `Its attributes are: ${names.join(", ")}.` : "It has no attributes.",
    hint: didYouMean(near),
    range,
  });
}

function reportMissingElement(names: readonly string[], name: string, range: Range, scope: Scope): Value {
  const hint =
    didYouMean(suggest(name, names)) ?? `Write lookup(MAP, ${JSON.stringify(name)}, DEFAULT) to use a default.`;
  return reportProblem(scope, {
    code: "missing-element",
    summary: `This map does not have an element with the key "${name}"`,
    hint,
    range,
  });
}

/** Returns `value[key]` of a list, tuple, map or object. */
export function getIndex(value: Value, key: Value, range: Range, scope: Scope): Value {
  const code = "wrong-index";
  const sensitive = value.sensitive || key.sensitive;
  if (value.kind === "null")
    return reportProblem(scope, { code, summary: "This value is null, so it does not have any elements", range });
  if (key.kind === "null") return reportProblem(scope, { code, summary: "An index must not be null", range });
  const { type } = value;
  if (type.kind === "dynamic" || key.type.kind === "dynamic") return marked(unknownValue(), sensitive);
  if (type.kind === "set") {
    const summary = "Elements of a set cannot be selected by index";
    return reportProblem(scope, {
      code,
      summary,
      hint: "Convert the set to a list first: convert(SET, list(any)).",
      range,
    });
  }
  if (type.kind === "string" || type.kind === "number" || type.kind === "bool") {
    return reportProblem(scope, {
      code,
      summary: `A value of type ${typeName(type)} does not have any elements`,
      range,
    });
  }
  const indexType = type.kind === "map" || type.kind === "object" ? STRING : NUMBER;
  const index = convertOr(key, indexType, () => {
    const detail = `The index of a ${typeName(type)} must be a ${indexType.kind}.`;
    reportProblem(scope, { code, summary: "This index has the wrong type", detail, range });
    return undefined;
  });
  return index ? marked(elementAt(value, index, range, scope), sensitive) : unknownValue();
}

function elementAt(value: Value, key: Value, range: Range, scope: Scope): Value {
  if (key.kind === "string") return namedElement(value, key.value, range, scope);
  const { type } = value;
  if (key.kind !== "number") {
    return unknownValue(isCollection(type) ? type.element : undefined);
  }
  const index = safeInteger(key.value);
  if (index === undefined || index < 0) {
    const summary = index === undefined ? "An index must be a whole number" : "An index must not be negative";
    return reportProblem(scope, { code: "wrong-index", summary, range });
  }
  if (type.kind === "list" && value.kind !== "list") return unknownValue(type.element);
  if (type.kind === "tuple" && value.kind !== "tuple" && type.elements[index])
    return unknownValue(type.elements[index]);
  const length = "items" in value ? value.items.length : type.kind === "tuple" ? type.elements.length : 0;
  const item = "items" in value ? value.items[index] : undefined;
  if (item) return item;
  const detail =
    length === 0
      ? "The collection is empty."
      : `The collection has ${length} ${length === 1 ? "element" : "elements"}, counted from 0.`;
  return reportProblem(scope, { code: "wrong-index", summary: `Index ${index} is out of range`, detail, range });
}

function namedElement(value: Value, name: string, range: Range, scope: Scope): Value {
  const { type } = value;
  if (type.kind === "map" && value.kind !== "map") return unknownValue(type.element);
  const attribute = type.kind === "object" ? type.attributes.get(name) : undefined;
  if (attribute && value.kind !== "object") return unknownValue(attribute);
  const entries = "entries" in value ? value.entries : new Map<string, Value>();
  const element = entries.get(name);
  if (element) return element;
  const hint = didYouMean(suggest(name, entries.keys()));
  return reportProblem(scope, {
    code: "wrong-index",
    summary: `There is no element with the key ${JSON.stringify(name)}`,
    hint,
    range,
  });
}
