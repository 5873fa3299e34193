import type { LateText } from "../core/late.js";
import { type Json, type LateEntry, readItems, readJson, readLateMap, readTextMap } from "./collections.js";
import type { Decode, Decoding, Field, FieldsOf } from "./decoding.js";
import type { OptionNode } from "./node.js";
import type { FieldNotes, TypeName } from "./notes.js";
import { readBool, readDuration, readInteger } from "./weak.js";

/** `T` when the option is required or has a default, else `T | undefined`. */
export type Given<T, N> = N extends { readonly required: true } | { readonly default: unknown } ? T : T | undefined;

function field<T, N extends FieldNotes<T>>(
  type: TypeName,
  notes: N,
  read: (node: OptionNode, decoding: Decoding) => T | undefined,
  extra: {
    readonly block?: true | undefined;
    readonly fields?: FieldsOf | undefined;
    readonly absent?: T | undefined;
  } = {},
): Field<Given<T, N>> {
  const absent = notes.default ?? extra.absent;
  return {
    type,
    notes,
    block: extra.block,
    fields: extra.fields,
    decode: (node, decoding) => read(node, decoding) as Given<T, N> | undefined,
    absent: absent as Given<T, N> | undefined,
  };
}

/** A string, rendered at once. */
export function text<const N extends FieldNotes<string>>(notes: N): Field<Given<string, N>> {
  return field("string", notes, (node, decoding) => {
    const value = decoding.text(node);
    if (value !== undefined && notes.secret) decoding.secret(value);
    return value;
  });
}

/** A string that is rendered during the run (Packer's deferred options). */
export function late<const N extends FieldNotes<LateText>>(notes: N): Field<Given<LateText, N>> {
  return field("template", notes, (node, decoding) => decoding.compile(node));
}

/** One of the given strings. */
export function choice<const W extends string, const N extends FieldNotes<W>>(
  words: readonly W[],
  notes: N,
): Field<Given<W, N>> {
  return field(words.map((w) => `\`${w}\``).join(" \\| "), notes, (node, decoding) => {
    const value = decoding.text(node);
    if (value === undefined || decoding.isPending(value)) return undefined;
    // The empty string, often the default of a variable, leaves the option unset.
    if (value === "" && !words.some((w) => w === "")) return undefined;
    const word = words.find((w) => w === value);
    if (word === undefined)
      decoding.reject(node, `must be one of ${words.map((w) => `"${w}"`).join(", ")}, not "${value}"`);
    return word;
  });
}

/** A whole number. */
export function integer<const N extends FieldNotes<number>>(notes: N): Field<Given<number, N>> {
  return field("integer", notes, readInteger);
}

/** A boolean. Undefined when it is not set and has no default (Packer's trilean). The empty string counts as not set. */
export function flag<const N extends FieldNotes<boolean>>(notes: N): Field<Given<boolean, N>> {
  return field("boolean", notes, readBool);
}

/** A Go duration (`90s`, `5m`, `1h30m`) in milliseconds. JSON numbers are nanoseconds (Packer §1.12). */
export function duration<const N extends FieldNotes<number>>(notes: N): Field<Given<number, N>> {
  return field("duration", notes, readDuration);
}

/** A list. A string is split at commas, and a single value becomes a list of one item (Packer §1.12). Empty when not set. */
export function list<T, const N extends FieldNotes<readonly T[]>>(
  item: Field<T>,
  notes: N,
): Field<readonly NonNullable<T>[]> {
  return {
    type: `list of ${item.type}`,
    notes,
    absent: (notes.default ?? []) as readonly NonNullable<T>[],
    decode: (node, decoding) => readItems(node, decoding, item, "split"),
  };
}

/** A list in which a single value is one item: a string is not split at commas. Empty when not set. */
export function unsplitList<T, const N extends FieldNotes<readonly T[]>>(
  item: Field<T>,
  notes: N,
): Field<readonly NonNullable<T>[]> {
  return { ...list(item, notes), decode: (node, decoding) => readItems(node, decoding, item, "whole") };
}

/** A map of strings. Keys are rendered too. Empty when not set. */
export function map<const N extends FieldNotes<Readonly<Record<string, string>>>>(
  notes: N,
): Field<Readonly<Record<string, string>>> {
  return {
    type: "map of string",
    notes,
    absent: notes.default ?? {},
    decode: (node, decoding) => readTextMap(node, decoding),
  };
}

/** A map whose keys and values are rendered during the run. Empty when not set. */
export function lateMap<const N extends FieldNotes<never>>(notes: N): Field<readonly LateEntry[]> {
  return { type: "map of template", notes, absent: [], decode: readLateMap };
}

/** A nested object (an HCL2 block). Undefined when not set. */
export function object<const F extends FieldsOf, const N extends FieldNotes<Decode<F>>>(
  fields: F,
  notes: N,
): Field<Given<Decode<F>, N>> {
  return field<Decode<F>, N>("object", notes, (node, decoding) => decoding.object(node, fields), {
    block: true,
    fields,
  });
}

/** A list of objects (repeated HCL2 blocks). A single object is a list of one item. Empty when not set. */
export function objects<const F extends FieldsOf>(fields: F, notes: FieldNotes<never>): Field<readonly Decode<F>[]> {
  const item: Field<Decode<F>> = object(fields, { doc: notes.doc, required: true });
  return {
    type: "list of object",
    notes,
    block: true,
    fields,
    absent: [],
    decode: (node, decoding) => readItems(node, decoding, item, "whole"),
  };
}

/** Free-form JSON. */
export function json<const N extends FieldNotes<Json>>(notes: N): Field<Given<Json, N>> {
  return field<Json, N>("any", notes, readJson);
}

/** A string that `rule` parses. The rule returns the value, or a complaint that completes `"option" …`. */
export function parsed<T, const N extends FieldNotes<T>>(
  type: TypeName,
  rule: (text: string) => { readonly value: T } | { readonly complaint: string; readonly hint?: string | undefined },
  notes: N,
): Field<Given<T, N>> {
  return field<T, N>(type, notes, (node, decoding) => {
    const value = decoding.text(node);
    if (value === undefined || decoding.isPending(value)) return undefined;
    const result = rule(value);
    if ("value" in result) return result.value;
    decoding.reject(node, result.complaint, result.hint);
    return undefined;
  });
}
