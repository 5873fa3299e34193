import { type Diagnostic, suggest } from "../../../core/diagnostics.js";
import type { Range } from "../../../core/source.js";
import { convertOr } from "../../values/convert.js";
import { BOOL, collectionOf, DYNAMIC, NUMBER, objectOf, STRING, type Type, tupleOf } from "../../values/types.js";
import { marked, nullValue, objectValue, tupleValue, type Value } from "../../values/value.js";
import { type Expression, literalText } from "../syntax/ast.js";
import { toSentence } from "./scope.js";

/** A type constraint, with the defaults of `optional(TYPE, DEFAULT)`. */
interface TypeConstraint {
  readonly type: Type;
  readonly defaults: TypeDefaults | undefined;
}

interface TypeConstraintOptions {
  /** True for the types of variables: only they can use `optional()`. */
  readonly allowOptional: boolean;
  readonly diagnostics: Diagnostic[];
  /** Evaluates the default of an optional attribute. */
  readonly evaluateDefault: ((expression: Expression) => Value) | undefined;
}

const PRIMITIVES: ReadonlyMap<string, Type> = new Map([
  ["string", STRING],
  ["number", NUMBER],
  ["bool", BOOL],
  ["any", DYNAMIC],
]);
const CONSTRUCTORS = ["list", "set", "map", "object", "tuple", "optional"];

/** Reads a type (`list(string)`, `object({ a = optional(number, 1) })`). Returns undefined after an error. */
export function readTypeConstraint(expression: Expression, options: TypeConstraintOptions): TypeConstraint | undefined {
  const name = bareWord(expression);
  if (name !== undefined) return namedType(name, expression.range, options);
  if (expression.kind === "call") return constructedType(expression, options);
  return reportWrongType(options, expression.range, "This is not a valid type", `Write ${examples()}.`);
}

function examples(): string {
  return "string, number, bool, any, list(T), set(T), map(T), object({ name = T }) or tuple([T, T])";
}

function reportWrongType(options: TypeConstraintOptions, range: Range, summary: string, hint: string): undefined {
  options.diagnostics.push({ severity: "error", code: "wrong-type", summary, hint, range });
}

/** Returns the name of a type without arguments. Strings of the JSON syntax are already parsed here. */
function bareWord(expression: Expression): string | undefined {
  if (expression.kind === "variable") return expression.name;
  return undefined;
}

function namedType(name: string, range: Range, options: TypeConstraintOptions): TypeConstraint | undefined {
  const type = PRIMITIVES.get(name);
  if (type) return { type, defaults: undefined };
  if (name === "list" || name === "map" || name === "set") {
    return reportWrongType(
      options,
      range,
      `Type "${name}" requires an element type`,
      `Write ${name}(string) or ${name}(any).`,
    );
  }
  if (name === "object")
    return reportWrongType(
      options,
      range,
      'Type "object" requires attribute types',
      "Write object({ name = string }).",
    );
  if (name === "tuple")
    return reportWrongType(options, range, 'Type "tuple" requires element types', "Write tuple([string]).");
  const near = suggest(name, [...PRIMITIVES.keys(), ...CONSTRUCTORS]);
  return reportWrongType(
    options,
    range,
    `"${name}" is not a valid type`,
    near ? `Did you mean "${near}"?` : `Write ${examples()}.`,
  );
}

function constructedType(
  call: Extract<Expression, { kind: "call" }>,
  options: TypeConstraintOptions,
): TypeConstraint | undefined {
  const { name, range } = call;
  if (name === "optional") {
    return reportWrongType(
      options,
      range,
      '"optional" is valid only for attributes of an object type',
      "Write object({ name = optional(string) }).",
    );
  }
  if (PRIMITIVES.has(name))
    return reportWrongType(options, range, `Type "${name}" does not take arguments`, `Write ${name}.`);
  if (!CONSTRUCTORS.includes(name)) return namedType(name, call.nameRange, options);
  const [argument] = call.arguments;
  if (!argument || call.arguments.length > 1) {
    return reportWrongType(options, range, `Type "${name}" takes one argument`, `Write ${examples()}.`);
  }
  if (name === "object") return objectConstraint(argument, options);
  if (name === "tuple") return tupleConstraint(argument, options);
  const element = readTypeConstraint(argument, options);
  if (!element || !(name === "list" || name === "set" || name === "map")) return undefined;
  const defaults: TypeDefaults | undefined = element.defaults && {
    attributes: new Map(),
    parts: new Map(),
    elements: element.defaults,
  };
  return { type: collectionOf(name, element.type), defaults };
}

function tupleConstraint(argument: Expression, options: TypeConstraintOptions): TypeConstraint | undefined {
  if (argument.kind !== "tuple") {
    return reportWrongType(
      options,
      argument.range,
      'Type "tuple" takes a list of types',
      "Write tuple([string, number]).",
    );
  }
  const items = argument.items.map((item) => readTypeConstraint(item, options));
  const elements = items.flatMap((item) => (item ? [item.type] : []));
  if (elements.length < items.length) return undefined;
  const parts = new Map(items.flatMap((item, i) => (item?.defaults ? [[String(i), item.defaults] as const] : [])));
  return {
    type: tupleOf(elements),
    defaults: parts.size > 0 ? { attributes: new Map(), parts, elements: undefined } : undefined,
  };
}

function objectConstraint(argument: Expression, options: TypeConstraintOptions): TypeConstraint | undefined {
  if (argument.kind !== "object") {
    return reportWrongType(
      options,
      argument.range,
      'Type "object" takes the types of its attributes',
      "Write object({ name = string }).",
    );
  }
  const attributes: [string, Type][] = [];
  const optional = new Set<string>();
  const values = new Map<string, Value>();
  const parts = new Map<string, TypeDefaults>();
  for (const { key, value } of argument.items) {
    const name = key.kind === "name" ? key.name : key.kind === "template" ? literalText(key) : bareWord(key);
    const attribute = name === undefined ? undefined : attributeConstraint(value, options);
    if (name === undefined)
      return reportWrongType(
        options,
        key.range,
        "The name of an attribute must be an identifier",
        "Write name = TYPE.",
      );
    if (!attribute) return undefined;
    attributes.push([name, attribute.type]);
    if (attribute.optional) optional.add(name);
    if (attribute.value) values.set(name, attribute.value);
    if (attribute.defaults) parts.set(name, attribute.defaults);
  }
  const defaults = values.size > 0 || parts.size > 0 ? { attributes: values, parts, elements: undefined } : undefined;
  return { type: objectOf(attributes, optional), defaults };
}

interface AttributeConstraint extends TypeConstraint {
  readonly optional: boolean;
  readonly value: Value | undefined;
}

function attributeConstraint(expression: Expression, options: TypeConstraintOptions): AttributeConstraint | undefined {
  if (expression.kind !== "call" || expression.name !== "optional") {
    const plain = readTypeConstraint(expression, options);
    return plain && { ...plain, optional: false, value: undefined };
  }
  const { range } = expression;
  const [type, value] = expression.arguments;
  if (!options.allowOptional) {
    return reportWrongType(
      options,
      range,
      '"optional" cannot be used here',
      "Use optional attributes only in the type of a variable.",
    );
  }
  if (!type || expression.arguments.length > 2) {
    return reportWrongType(
      options,
      range,
      '"optional" takes a type and an optional default',
      'Write optional(string) or optional(string, "x").',
    );
  }
  const inner = readTypeConstraint(type, options);
  if (!inner || !value) return inner && { ...inner, optional: true, value: undefined };
  return { ...inner, optional: true, value: convertDefault(value, inner.type, options) };
}

function convertDefault(expression: Expression, type: Type, options: TypeConstraintOptions): Value {
  const given = options.evaluateDefault?.(expression) ?? nullValue();
  return convertOr(given, type, ({ message }) => {
    const summary = "The default of this attribute is not compatible with its type";
    options.diagnostics.push({
      severity: "error",
      code: "wrong-default",
      summary,
      detail: toSentence(message),
      range: expression.range,
    });
    return nullValue(type);
  });
}

/** Defaults of optional attributes, at any depth of a type. */
export interface TypeDefaults {
  /** Of the attributes of this object. */
  readonly attributes: ReadonlyMap<string, Value>;
  /** Within attributes of this object or elements of this tuple (by number). */
  readonly parts: ReadonlyMap<string, TypeDefaults>;
  /** Within every element of this collection. */
  readonly elements: TypeDefaults | undefined;
}

/**
 * Returns the value with defaults for missing and null optional attributes. Convert the result to the type: it consists of objects
 * and tuples.
 */
export function applyDefaults(value: Value, defaults: TypeDefaults): Value {
  if ("items" in value) {
    const items = value.items.map((item, i) =>
      applyPartDefaults(item, defaults.elements ?? defaults.parts.get(String(i))),
    );
    return marked(tupleValue(items), value.sensitive);
  }
  if (!("entries" in value)) return value;
  const entries = new Map(value.entries);
  for (const [name, fallback] of defaults.attributes) {
    const given = entries.get(name);
    if (!given || given.kind === "null") entries.set(name, fallback);
  }
  for (const [name, item] of entries)
    entries.set(name, applyPartDefaults(item, defaults.elements ?? defaults.parts.get(name)));
  return marked(objectValue(entries), value.sensitive);
}

function applyPartDefaults(value: Value, defaults: TypeDefaults | undefined): Value {
  return defaults ? applyDefaults(value, defaults) : value;
}
