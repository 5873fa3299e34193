import type { Diagnostic } from "../core/diagnostics.js";
import type { LateText } from "../core/late.js";
import type { Range } from "../core/source.js";
import { missingOption, repeatedOption, unknownOption, warningsAbout, wrongForm, wrongValue } from "./complaints.js";
import {
  type Attempt,
  constant,
  type DecodeContext,
  isPlaceholder,
  type OptionLanguage,
  PLACEHOLDER,
} from "./context.js";
import { describeNode, type ObjectNode, type OptionEntry, type OptionNode, type StringNode } from "./node.js";
import type { DescribedField } from "./notes.js";

/** One option: how to read it and how to describe it. `T` is what `decode` gives. */
export interface Field<T> extends DescribedField {
  /** Sub-schema of a nested object, for its documentation. */
  readonly fields?: FieldsOf | undefined;
  /** Reads a given value; complaints go to `decoding`, and the result is undefined then. */
  decode(node: OptionNode, decoding: Decoding): T | undefined;
  /** The value when the option is not given. */
  readonly absent: T | undefined;
}

/** The options of an object by name. */
export type FieldsOf = Readonly<Record<string, Field<unknown>>>;

/** The decoded type of a record of fields. */
export type Decode<F> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

/** Keys that Packer core itself puts into options and every component ignores (§1.12). */
const IGNORED = /^packer_|^type$/;

/**
 * One decoding of one object: walks nodes by fields, collects complaints with places. A class because it carries the
 * path and the collected results through the recursion.
 */
export class Decoding {
  readonly diagnostics: Diagnostic[] = [];
  readonly secrets: string[] = [];
  /** Range of each given option by its path, e.g. `launch_block_device_mappings[0].volume_size`. */
  readonly places = new Map<string, Range>();
  /** Paths of options that have no value to check: it is not known yet, or was refused. */
  readonly unchecked = new Set<string>();
  private readonly context: DecodeContext;
  private path = "";

  constructor(context: DecodeContext) {
    this.context = context;
  }

  get language(): DecodeContext["language"] {
    return this.context.language;
  }

  /** Renders text now; undefined after a complaint. */
  render(node: StringNode): string | undefined {
    if (node.literal || !node.value.includes("{{")) return node.value;
    return this.resultOf(this.context.render(node));
  }

  /** Text of a scalar (Packer §1.12). Undefined after a complaint, and for null. */
  text(node: OptionNode): string | undefined {
    switch (node.kind) {
      case "string": {
        const value = this.render(node);
        if (value !== undefined && this.isPending(value)) this.unknown();
        return value;
      }
      case "unknown":
        this.unknown();
        return PLACEHOLDER;
      case "null":
        return undefined;
      default: {
        const value = scalarText(node, this.language);
        if (value === undefined) this.wrong(node, `must be text, not ${describeNode(node)}`);
        return value;
      }
    }
  }

  /** Compiles text for later; scalars other than strings are constants. */
  compile(node: OptionNode): LateText | undefined {
    if (node.kind === "string") {
      const plain = node.literal || !node.value.includes("{{");
      return plain ? constant(node.value) : this.resultOf(this.context.compile(node));
    }
    const text = this.text(node);
    return text === undefined ? undefined : constant(text);
  }

  /** Whether text holds a value that is not known yet. What inputs and flags say is final. */
  isPending(text: string): boolean {
    return (this.language === "json" || this.language === "hcl2") && isPlaceholder(text);
  }

  /** The value at hand is not known yet. */
  unknown(): void {
    this.unchecked.add(this.path);
  }

  /** What compiles text that is read from a file only during the run, by the rules of this template. */
  compiler(): DecodeContext["compile"] {
    const { context } = this;
    return (node) => context.compile(node);
  }

  secret(value: string): void {
    if (value !== "" && value !== PLACEHOLDER) this.secrets.push(value);
  }

  /** Complains that the option at hand has a wrong value; `what` completes `"path" …`. */
  wrong(node: OptionNode, what: string, hint?: string): void {
    this.complain(this.context.wording?.wrong(this.path, what, hint) ?? wrongValue(this.path, node, what, hint));
  }

  /** Warns of the option at hand. */
  warn(node: OptionNode, what: string): void {
    this.complain({ ...wrongValue(this.path, node, what), severity: "warning" });
  }

  complain(diagnostic: Diagnostic): void {
    if (diagnostic.severity === "error" && this.path !== "") this.unchecked.add(this.path);
    this.diagnostics.push(diagnostic);
  }

  /** Decodes an object by its fields; unknown keys, missing required options and double attributes are reported. */
  object<F extends FieldsOf>(given: OptionNode, fields: F): Decode<F> | undefined {
    const node = asObject(given);
    if (!node) {
      if (given.kind === "unknown") this.unknown();
      else if (given.kind !== "null") this.wrong(given, `must be an object, not ${describeNode(given)}`);
      return undefined;
    }
    const names = new Map(Object.keys(fields).map((name) => [name.toLowerCase(), name]));
    const byName = new Map<string, OptionEntry[]>();
    for (const entry of node.entries) {
      const name = names.get(entry.key.toLowerCase());
      if (name !== undefined) byName.set(name, [...(byName.get(name) ?? []), entry]);
      else if (this.path !== "" || !IGNORED.test(entry.key))
        this.complain(unknownOption(this.path, entry, Object.keys(fields)));
    }
    const result: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(fields)) result[name] = this.option(name, field, byName.get(name), node);
    return result as Decode<F>;
  }

  private option(
    name: string,
    field: Field<unknown>,
    entries: readonly OptionEntry[] | undefined,
    parent: ObjectNode,
  ): unknown {
    return this.within(name, () => {
      const [first, again] = entries ?? [];
      const value = entries && mergeBlocks(entries);
      if (!first || !value || value.kind === "null") {
        if (field.notes.required)
          this.complain(this.context.wording?.missing(this.path) ?? missingOption(this.path, field, parent));
        return field.absent;
      }
      this.places.set(this.path, value.range);
      if (again && !(first.form === "block" && field.type.startsWith("list")))
        this.complain(repeatedOption(this.path, first, again));
      for (const entry of entries ?? []) {
        const problem = wrongForm(this.path, field, entry);
        if (problem) this.complain(problem);
      }
      for (const note of warningsAbout(this.path, field, first)) this.complain(note);
      return field.decode(value, this) ?? field.absent;
    });
  }

  /** Decodes one part of the option at hand, a member by its name or an item by its index, and records its place. */
  part<T>(step: string | number, node: OptionNode, action: () => T): T {
    return this.within(step, () => {
      this.places.set(this.path, node.range);
      return action();
    });
  }

  private within<T>(step: string | number, action: () => T): T {
    const outer = this.path;
    this.path = typeof step === "number" ? `${outer}[${step}]` : outer === "" ? step : `${outer}.${step}`;
    try {
      return action();
    } finally {
      this.path = outer;
    }
  }

  private resultOf<T>(attempt: Attempt<T>): T | undefined {
    if (attempt.ok) {
      this.diagnostics.push(...(attempt.warnings ?? []));
      return attempt.value;
    }
    for (const diagnostic of attempt.diagnostics) this.complain(diagnostic);
    return undefined;
  }
}

/** An object; a list of exactly one object counts as that object (§1.12). */
export function asObject(node: OptionNode): ObjectNode | undefined {
  if (node.kind === "object") return node;
  const only = node.kind === "list" && node.items.length === 1 ? node.items[0] : undefined;
  return only?.kind === "object" ? only : undefined;
}

/** Repeated blocks of one name are one list; of anything else the first counts. */
function mergeBlocks(entries: readonly OptionEntry[]): OptionNode | undefined {
  const first = entries[0];
  if (!first || entries.length === 1 || first.form !== "block") return first?.value;
  return { kind: "list", items: entries.map((entry) => entry.value), range: first.value.range };
}

/**
 * Text of a number or boolean where text is needed: JSON templates go through Go's weak decoding (`true` is "1"), HCL2
 * through its own conversion (`true` is "true"). Undefined for other nodes.
 */
function scalarText(node: OptionNode, language: OptionLanguage): string | undefined {
  if (node.kind === "number") return language === "json" ? floatText(node.value) : node.value;
  if (node.kind !== "bool") return undefined;
  if (language === "hcl2") return String(node.value);
  return node.value ? "1" : "0";
}

/** A number of JSON is a float64 to Packer: `20.0` is "20", and no number has an exponent. */
function floatText(written: string): string {
  const value = Number(written);
  const text = String(value);
  if (!Number.isFinite(value) || /^-?\d+$/.test(written)) return written;
  if (Number.isInteger(value)) return BigInt(value).toString();
  return text.includes("e") ? value.toFixed(20).replace(/0+$/, "") : text;
}
