import type { Diagnostic } from "../../core/diagnostics.js";
import type { Range } from "../../core/source.js";
import { constant, type DecodeContext } from "../../options/context.js";
import { Decoding, type FieldsOf } from "../../options/decoding.js";
import type { OptionNode } from "../../options/node.js";
import type { RequestTable } from "./entry.js";

/** How a front end names the entries in messages. */
export interface RequestWording {
  readonly language: "input" | "flag";
  /** The name of the entry as the user writes it: `only`, `-only`. */
  nameOf(key: string): string;
  /** What to do if a required entry is missing. */
  hintForMissing(key: string): string | undefined;
}

/** The decoded values, and the errors and warnings about them. */
export interface ReadValues<V> {
  /** Invalid values are absent, as if they were not set. */
  readonly values: V;
  /** Errors, in the order in which they were found. */
  readonly complaints: readonly Diagnostic[];
  /** Entries that have no effect. */
  readonly warnings: readonly Diagnostic[];
  /** Whether a text was set that is not empty, valid or not. */
  isGiven(key: keyof V & string): boolean;
  /** The name of an entry in double quotes, for messages: `"only"` as an input, `"-only"` as a flag. */
  quotedName(key: keyof V & string): string;
  /** Adds an error; `what` continues `Input "only" …` or `Flag "-only" …`. */
  complain(key: keyof V & string, what: string, hint?: string): void;
  /** Adds a warning; `what` continues as for `complain`. */
  warn(key: keyof V & string, what: string, hint?: string): void;
  /** Adds an error that is not about an entry. */
  report(complaint: Diagnostic): void;
  /** Adds the error that an entry is required. */
  complainMissing(key: keyof V & string): void;
}

/** An empty range: inputs and flags are in no file. */
const NOWHERE: Range = {
  file: "",
  start: { offset: 0, line: 0, column: 0 },
  end: { offset: 0, line: 0, column: 0 },
};

/** Returns the node of a text. */
export function textNode(value: string): OptionNode {
  return { kind: "string", value, range: NOWHERE, literal: true };
}

/** Returns the node of texts that were given one by one. */
export function listNode(values: readonly string[]): OptionNode {
  return { kind: "list", items: values.map(textNode), range: NOWHERE };
}

/** Decodes the entries of a table. `given` has the texts of the user by key. Collects all errors. */
export function readValues<V>(
  table: RequestTable,
  given: ReadonlyMap<string, OptionNode>,
  wording: RequestWording,
): ReadValues<V> {
  const quotedName = (key: string) => `"${wording.nameOf(key)}"`;
  const kind = wording.language === "input" ? "Input" : "Flag";
  const about = (key: string, what: string, hint: string | undefined) => {
    return { summary: `${kind} ${quotedName(key)} ${what}`, hint: hint || undefined };
  };
  const complaint = (key: string, what: string, hint: string | undefined): Diagnostic => {
    return { severity: "error", code: "invalid-input", ...about(key, what, hint) };
  };
  const warnings: Diagnostic[] = [];
  const missing = (key: string) => complaint(key, "is required", wording.hintForMissing(key));
  const context: DecodeContext = {
    language: wording.language,
    wording: {
      wrong: (path, what, hint) => complaint(path.replace(/\[\d+\]$/, ""), what, hint),
      missing,
    },
    render: (node) => ({ ok: true, value: node.value }),
    compile: (node) => ({ ok: true, value: constant(node.value) }),
  };
  const fields: FieldsOf = Object.fromEntries(Object.entries(table).map(([key, { field }]) => [key, field]));
  const entries = [...given].map(([key, value]) => ({ key, keyRange: NOWHERE, value }));
  const decoding = new Decoding(context);
  const values = decoding.object({ kind: "object", entries, range: NOWHERE }, fields) as V;
  return {
    values,
    complaints: decoding.diagnostics,
    warnings,
    isGiven: (key) => isText(given.get(key)),
    quotedName,
    complain: (key, what, hint) => decoding.report(complaint(key, what, hint)),
    warn: (key, what, hint) =>
      void warnings.push({ severity: "warning", code: "input-without-effect", ...about(key, what, hint) }),
    report: (diagnostic) => decoding.report(diagnostic),
    complainMissing: (key) => decoding.report(missing(key)),
  };
}

function isText(node: OptionNode | undefined): boolean {
  if (node?.kind === "list") return node.items.some(isText);
  return node !== undefined && !(node.kind === "string" && node.value === "");
}
