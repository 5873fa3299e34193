import type { Diagnostic } from "../../core/diagnostics.js";
import type { Range } from "../../core/source.js";
import { constant, type DecodeContext } from "../../options/context.js";
import { Decoding, type FieldsOf } from "../../options/decoding.js";
import type { OptionNode } from "../../options/node.js";
import type { RequestTable } from "./entry.js";

/** How a front end names the entries in complaints. */
export interface RequestWording {
  readonly language: "input" | "flag";
  /** The entry as the subject of a complaint: `the input only`, `-only`. */
  subject(key: string): string;
  /** What to do where a required entry is missing. */
  hintForMissing(key: string): string | undefined;
}

/** Values that were read, with everything that is wrong with them. */
export interface ReadValues<V> {
  /** Wrong values are absent, as if they were not given. */
  readonly values: V;
  /** In the order in which they were found. */
  readonly complaints: readonly Diagnostic[];
  /** Whether a text was given that is not empty, right or wrong. */
  isGiven(key: keyof V & string): boolean;
  /** Adds a complaint; `what` completes `the input X …` or `-X …`. */
  complain(key: keyof V & string, what: string, hint?: string): void;
  /** Adds a complaint that is not about an entry. */
  report(complaint: Diagnostic): void;
  /** Adds the complaint that an entry is required. */
  complainMissing(key: keyof V & string): void;
}

/** A place in no file: inputs and flags have none. */
const NOWHERE: Range = {
  file: "",
  start: { offset: 0, line: 0, column: 0 },
  end: { offset: 0, line: 0, column: 0 },
};

/** A text as it was given. */
export function textNode(value: string): OptionNode {
  return { kind: "string", value, range: NOWHERE, literal: true };
}

/** Texts that were given one by one. */
export function listNode(values: readonly string[]): OptionNode {
  return { kind: "list", items: values.map(textNode), range: NOWHERE };
}

/** Reads the entries of a table that a front end takes; `given` holds what the user gave, by key. Reports every complaint. */
export function readValues<V>(
  table: RequestTable,
  given: ReadonlyMap<string, OptionNode>,
  wording: RequestWording,
): ReadValues<V> {
  const complaint = (key: string, what: string, hint: string | undefined): Diagnostic => {
    return {
      severity: "error",
      code: "invalid-input",
      summary: `${wording.subject(key)} ${what}`,
      hint: hint || undefined,
    };
  };
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
    isGiven: (key) => isText(given.get(key)),
    complain: (key, what, hint) => decoding.report(complaint(key, what, hint)),
    report: (diagnostic) => decoding.report(diagnostic),
    complainMissing: (key) => decoding.report(missing(key)),
  };
}

function isText(node: OptionNode | undefined): boolean {
  if (node?.kind === "list") return node.items.some(isText);
  return node !== undefined && !(node.kind === "string" && node.value === "");
}
