import {
  type GivenVariable,
  type Parsed,
  parseChoice,
  parseCidr,
  parseCount,
  parseRegion,
  parseVariable,
  parseVariableLines,
} from "../../core/request-values.js";
import type { Field } from "../../options/decoding.js";
import { flag, type Given, parsed, text } from "../../options/fields.js";
import type { FieldNotes } from "../../options/notes.js";
import { commas, lines } from "../../options/separated-lists.js";

const ITEM = { doc: "", required: true } as const;

/** A list item: any text. */
export const anyText = text(ITEM);

/** Template variables: lines of `name=value`, or one `name=value` for each item of a list. */
export function variables(doc: string): Field<readonly GivenVariable[]> {
  const item = parsed("name=value", parseVariable, ITEM);
  const text = parsed("list of name=value", parseVariableLines, { doc });
  const items = lines(item, { doc });
  return { ...items, decode: (node, decoding) => (node.kind === "string" ? text : items).decode(node, decoding) };
}

/** A list of Regions without duplicates. Only the form of the names is checked. */
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

/** A list item: a network. */
export const cidr = parsed("CIDR", parseCidr, ITEM);

/** A list, separated by commas or line breaks, whose items are parsed by a rule. */
export function listOf<T>(
  type: string,
  rule: (text: string) => Parsed<T>,
  doc: string,
): Field<readonly NonNullable<T>[]> {
  return commas(parsed(type, rule, ITEM), { doc });
}

/** One of the given words. In contrast to `choice`, an empty text is an error. */
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

/** A boolean that is false by default. */
export function boolean(doc: string, usual = false): Field<boolean> {
  return flag({ doc, default: usual });
}

/** Returns a rule that returns undefined for an empty text. */
export function unlessEmpty<T>(rule: (text: string) => Parsed<T>): (text: string) => Parsed<T | undefined> {
  return (given) => (given === "" ? { value: undefined } : rule(given));
}
