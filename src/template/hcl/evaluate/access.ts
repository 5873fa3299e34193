import { suggest } from "../../../core/diagnostics.js";
import type { Range } from "../../../core/source.js";
import { convertOr } from "../../values/convert.js";
import { safeInteger } from "../../values/number.js";
import { isCollection, NUMBER, STRING, typeName } from "../../values/types.js";
import { marked, unknownValue, type Value } from "../../values/value.js";
import { complain, didYouMean, type Scope } from "./scope.js";

/** An attribute that an expression asks for. */
interface AttributeAccess {
  readonly name: string;
  readonly range: Range;
  /** How the value was reached, e.g. `var`; undefined where that has no name. */
  readonly path: string | undefined;
}

/** `value.name` of an object or map. */
export function getAttribute(value: Value, access: AttributeAccess, scope: Scope): Value {
  const { type } = value;
  const { name, range } = access;
  if (value.kind === "null") {
    const summary = `This value is null and has no attribute "${name}"`;
    return complain(scope, { code: "attribute-of-null", summary, range });
  }
  if (type.kind === "dynamic") return marked(unknownValue(), value.sensitive);
  if (type.kind === "object") {
    const attribute = type.attributes.get(name);
    if (!attribute) return missingAttribute([...type.attributes.keys()], access, scope);
    if (value.kind !== "object") return marked(unknownValue(attribute), value.sensitive);
    return marked(value.entries.get(name) ?? unknownValue(attribute), value.sensitive);
  }
  if (type.kind === "map") {
    if (value.kind !== "map") return marked(unknownValue(type.element), value.sensitive);
    const element = value.entries.get(name);
    return element ? marked(element, value.sensitive) : missingElement([...value.entries.keys()], name, range, scope);
  }
  const advice =
    isCollection(type) && type.element.kind === "object"
      ? `Use an index for one element, or [*].${name} for all of them.`
      : undefined;
  const summary = `A value of type ${typeName(type)} has no attributes`;
  return complain(scope, { code: "no-attributes", summary, hint: advice, range });
}

/** What the roots hold, for messages. */
const KINDS: Readonly<Record<string, readonly [noun: string, remedy: (name: string) => string]>> = {
  var: ["variable", (name) => `Declare it with variable "${name}" { … }.`],
  local: ["local value", (name) => `Define it in a locals block: ${name} = ….`],
  data: ["data source of type", (name) => `Declare it with data "${name}" "NAME" { … }.`],
};

function missingAttribute(names: readonly string[], { name, range, path }: AttributeAccess, scope: Scope): Value {
  const near = suggest(name, names);
  const kind = path === undefined ? undefined : KINDS[path];
  if (kind) {
    const summary = `There is no ${kind[0]} "${name}"`;
    return complain(scope, { code: "unknown-reference", summary, hint: didYouMean(near) ?? kind[1](name), range });
  }
  if (path !== undefined && /^data\.[^.]+$/.test(path)) {
    const summary = `There is no data source "${path.slice("data.".length)}" "${name}"`;
    return complain(scope, { code: "unknown-reference", summary, hint: didYouMean(near), range });
  }
  return complain(scope, {
    code: "unknown-attribute",
    summary: `${path === undefined ? "This object" : path} has no attribute "${name}"`,
    detail: names.length > 0 ? `It has: ${names.join(", ")}.` : "It has no attributes at all.",
    hint: didYouMean(near),
    range,
  });
}

function missingElement(names: readonly string[], name: string, range: Range, scope: Scope): Value {
  const hint =
    didYouMean(suggest(name, names)) ?? `lookup(MAP, ${JSON.stringify(name)}, DEFAULT) gives a default instead.`;
  return complain(scope, { code: "missing-element", summary: `This map has no element "${name}"`, hint, range });
}

/** `value[key]` of a list, tuple, map or object. */
export function getIndex(value: Value, key: Value, range: Range, scope: Scope): Value {
  const code = "wrong-index";
  const sensitive = value.sensitive || key.sensitive;
  if (value.kind === "null") return complain(scope, { code, summary: "This value is null and has no elements", range });
  if (key.kind === "null") return complain(scope, { code, summary: "An index must not be null", range });
  const { type } = value;
  if (type.kind === "dynamic" || key.type.kind === "dynamic") return marked(unknownValue(), sensitive);
  if (type.kind === "set") {
    const summary = "The elements of a set have no index";
    return complain(scope, { code, summary, hint: "Make a list of it first: convert(SET, list(any)).", range });
  }
  if (type.kind === "string" || type.kind === "number" || type.kind === "bool") {
    return complain(scope, { code, summary: `A value of type ${typeName(type)} has no elements`, range });
  }
  const wanted = type.kind === "map" || type.kind === "object" ? STRING : NUMBER;
  const index = convertOr(key, wanted, ({ message }) => {
    const detail = `A ${typeName(type)} is indexed with a ${wanted.kind}: ${message}.`;
    complain(scope, { code, summary: "This index does not fit", detail, range });
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
    return complain(scope, { code: "wrong-index", summary, range });
  }
  if (type.kind === "list" && value.kind !== "list") return unknownValue(type.element);
  if (type.kind === "tuple" && value.kind !== "tuple" && type.elements[index])
    return unknownValue(type.elements[index]);
  const length = "items" in value ? value.items.length : type.kind === "tuple" ? type.elements.length : 0;
  const item = "items" in value ? value.items[index] : undefined;
  if (item) return item;
  const detail = length === 0 ? "There are no elements." : `There are ${length} elements, counted from 0.`;
  return complain(scope, { code: "wrong-index", summary: `There is no element ${index}`, detail, range });
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
  return complain(scope, { code: "wrong-index", summary: `There is no element ${JSON.stringify(name)}`, hint, range });
}
