import { SHORTEST_PART } from "../../core/secrets/forms.js";
import { type Exact, exact, exactText } from "./number.js";
import { BOOL, DYNAMIC, listOf, mapOf, NUMBER, objectOf, STRING, sortedByKey, type Type, tupleOf } from "./types.js";

/**
 * An immutable HCL value. `sensitive` marks a secret: results computed from it are sensitive too.
 * Maps and objects are sorted by key, sets in the order in which HCL iterates them.
 */
export type Value = StringValue | NumberValue | BoolValue | SequenceValue | EntriesValue | NullValue | UnknownValue;

interface Typed {
  readonly type: Type;
  readonly sensitive: boolean;
}

/** A string. */
export interface StringValue extends Typed {
  readonly kind: "string";
  readonly value: string;
}

/** A number. */
export interface NumberValue extends Typed {
  readonly kind: "number";
  readonly value: Exact;
}

/** True or false. */
export interface BoolValue extends Typed {
  readonly kind: "bool";
  readonly value: boolean;
}

/** A list, set or tuple. */
export interface SequenceValue extends Typed {
  readonly kind: "list" | "set" | "tuple";
  readonly items: readonly Value[];
}

/** A map or object. */
export interface EntriesValue extends Typed {
  readonly kind: "map" | "object";
  readonly entries: ReadonlyMap<string, Value>;
}

/** The null of a type. */
export interface NullValue extends Typed {
  readonly kind: "null";
}

/** A value that is not known yet: an unread data source, `build.ID` before the build. */
export interface UnknownValue extends Typed {
  readonly kind: "unknown";
}

/** Returns a string in Unicode NFC, as all strings of HCL. */
export function stringValue(value: string): StringValue {
  return { kind: "string", type: STRING, value: value.normalize("NFC"), sensitive: false };
}

/** A number value. */
export function numberValue(value: Exact | number | bigint): NumberValue {
  const number = typeof value === "object" ? value : exact(value);
  return { kind: "number", type: NUMBER, value: number, sensitive: false };
}

/** The value `true`. */
export const TRUE: BoolValue = { kind: "bool", type: BOOL, value: true, sensitive: false };
/** The value `false`. */
export const FALSE: BoolValue = { kind: "bool", type: BOOL, value: false, sensitive: false };

/** `TRUE` or `FALSE`. */
export function boolValue(value: boolean): BoolValue {
  return value ? TRUE : FALSE;
}

/** A null of the type. */
export function nullValue(type: Type = DYNAMIC): NullValue {
  return { kind: "null", type, sensitive: false };
}

/** A value of the type that is not known yet. */
export function unknownValue(type: Type = DYNAMIC): UnknownValue {
  return { kind: "unknown", type, sensitive: false };
}

/** A list; all items are of type `element`. */
export function listValue(element: Type, items: readonly Value[]): SequenceValue {
  return { kind: "list", type: listOf(element), items, sensitive: false };
}

/** A tuple of the items. */
export function tupleValue(items: readonly Value[]): SequenceValue {
  return { kind: "tuple", type: tupleOf(items.map((item) => item.type)), items, sensitive: false };
}

/** A map; all values are of type `element`. */
export function mapValue(element: Type, entries: Iterable<readonly [string, Value]>): EntriesValue {
  return { kind: "map", type: mapOf(element), entries: sortedByKey(entries), sensitive: false };
}

/** An object with an attribute for each entry. */
export function objectValue(entries: Iterable<readonly [string, Value]>): EntriesValue {
  const sorted = sortedByKey(entries);
  const type = objectOf([...sorted].map(([name, value]) => [name, value.type] as const));
  return { kind: "object", type, entries: sorted, sensitive: false };
}

/** Returns the value, marked as sensitive when `sensitive` is true. Never removes a mark. */
export function marked<V extends Value>(value: V, sensitive: boolean): V {
  return sensitive && !value.sensitive ? { ...value, sensitive: true } : value;
}

/** Returns the parts of a value: items of sequences, values of maps and objects. */
export function partsOf(value: Value): Iterable<Value> {
  if ("items" in value) return value.items;
  return "entries" in value ? value.entries.values() : [];
}

/** Returns whether the value or any part of it is sensitive. */
export function isDeeplySensitive(value: Value): boolean {
  if (value.sensitive) return true;
  for (const part of partsOf(value)) if (isDeeplySensitive(part)) return true;
  return false;
}

/** Returns whether no part of the value is unknown. */
export function isWhollyKnown(value: Value): boolean {
  if (value.kind === "unknown") return false;
  for (const part of partsOf(value)) if (!isWhollyKnown(part)) return false;
  return true;
}

/** Returns the value without sensitive marks at any depth. */
export function unmarked(value: Value): Value {
  if (!isDeeplySensitive(value)) return value;
  if ("items" in value) return { ...value, items: value.items.map(unmarked), sensitive: false };
  if ("entries" in value) {
    return { ...value, entries: new Map([...value.entries].map(([k, v]) => [k, unmarked(v)])), sensitive: false };
  }
  return { ...value, sensitive: false };
}

/** Returns all strings and numbers in sensitive values and parts, to be masked in all output. */
export function secretsOf(value: Value, inherited = false): readonly string[] {
  const sensitive = inherited || value.sensitive;
  if (value.kind === "string") return sensitive && value.value !== "" ? [value.value] : [];
  if (value.kind === "number") return sensitive ? [exactText(value.value)] : [];
  return [...partsOf(value)].flatMap((part) => secretsOf(part, sensitive));
}

/**
 * Returns the secrets in a value that is computed from others, such as an option or a local. Pieces of fewer than four characters, as of
 * `split` and `substr`, are part of every text: masking them hides other text, and they say little of the secret.
 */
export function derivedSecretsOf(value: Value): readonly string[] {
  return secretsOf(value).filter((text) => text.length >= SHORTEST_PART);
}

/** Returns keys and values as `for` iterates over them. Keys are indexes of lists and tuples, the items of sets, and names otherwise. */
export function elementsOf(value: SequenceValue | EntriesValue): readonly (readonly [Value, Value])[] {
  if ("entries" in value) return [...value.entries].map(([key, item]) => [stringValue(key), item] as const);
  return value.items.map((item, index) => [value.kind === "set" ? item : numberValue(index), item] as const);
}
