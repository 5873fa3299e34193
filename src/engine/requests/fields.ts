import {
  type Parsed,
  parseChoice,
  parseCidr,
  parseCount,
  parseRegion,
  parseVariable,
} from "../../core/request-values.js";
import type { Field } from "../../options/decoding.js";
import { flag, type Given, parsed, text } from "../../options/fields.js";
import type { FieldNotes } from "../../options/notes.js";
import { commas } from "../../options/separated-lists.js";

const ITEM = { doc: "", required: true } as const;

/** Any text, as an item of a list. */
export const anyText = text(ITEM);

/** `name=value`, as an item of a list. */
export const variable = parsed("name=value", parseVariable, ITEM);

/** Regions by the form of their names, each once. */
export function regions(doc: string): Field<readonly string[]> {
  const each = listOf("Region", parseRegion, doc);
  return {
    ...each,
    decode: (node, decoding) => {
      const named = each.decode(node, decoding);
      return named && [...new Set(named)];
    },
  };
}

/** A network, as an item of a list. */
export const cidr = parsed("CIDR", parseCidr, ITEM);

/** A list of items that a rule reads, separated by commas or line breaks. */
export function listOf<T>(
  type: string,
  rule: (text: string) => Parsed<T>,
  doc: string,
): Field<readonly NonNullable<T>[]> {
  return commas(parsed(type, rule, ITEM), { doc });
}

/** One of the given words; unlike `choice` of the kit it refuses an empty text. */
export function word<const W extends string, const N extends FieldNotes<W>>(
  words: readonly W[],
  notes: N,
): Field<Given<W, N>> {
  return parsed<W, N>(words.join("|"), (given) => parseChoice(given, words), notes);
}

/** A whole number of at least `least`. */
export function count<const N extends FieldNotes<number>>(least: number, notes: N): Field<Given<number, N>> {
  return parsed<number, N>("integer", (given) => parseCount(given, least), notes);
}

/** A boolean that is false where it is not given. */
export function boolean(doc: string): Field<boolean> {
  return flag({ doc, default: false });
}

/** A rule that an empty text leaves unset. */
export function unlessEmpty<T>(rule: (text: string) => Parsed<T>): (text: string) => Parsed<T | undefined> {
  return (given) => (given === "" ? { value: undefined } : rule(given));
}
