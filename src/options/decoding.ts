import type { Diagnostic } from "../core/diagnostics.js";
import type { LateText } from "../core/late.js";
import type { Range } from "../core/source.js";
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
import { missingOption, repeatedOption, unknownOption, warningsAbout, wrongForm, wrongValue } from "./problems.js";

/** One option: how it is read and documented. `T` is the type that `decode` returns. */
export interface Field<T> extends DescribedField {
  /** Sub-schema of a nested object, for its documentation. */
  readonly fields?: FieldsOf | undefined;
  /** Reads a value. Reports errors to `decoding` and returns undefined then. */
  decode(node: OptionNode, decoding: Decoding): T | undefined;
  /** The value when the option is not set. */
  readonly absent: T | undefined;
}

/** The options of an object by name. */
export type FieldsOf = Readonly<Record<string, Field<unknown>>>;

/** The decoded type of a record of fields. */
export type Decode<F> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

/** Keys that Packer core adds to options; every component ignores them (§1.12). */
const IGNORED = /^packer_|^type$/;

/**
 * Decodes one object: reads nodes by fields, and collects diagnostics with places. A class because the path and the
 * results go through the whole recursion.
 */
export class Decoding {
  readonly diagnostics: Diagnostic[] = [];
  readonly secrets: string[] = [];
  /** Range of each option that is set, by its path, e.g. `launch_block_device_mappings[0].volume_size`. */
  readonly places = new Map<string, Range>();
  /** Paths of options without a value to check: the value is not known yet, or had an error. */
  readonly unchecked = new Set<string>();
  private readonly context: DecodeContext;
  private path = "";

  constructor(context: DecodeContext) {
    this.context = context;
  }

  get language(): DecodeContext["language"] {
    return this.context.language;
  }

  /** Renders text now. Returns undefined after an error. */
  render(node: StringNode): string | undefined {
    if (node.literal || !node.value.includes("{{")) return node.value;
    return this.resultOf(this.context.render(node));
  }

  /** Returns the text of a scalar (Packer §1.12). Returns undefined for null and after an error. */
  text(node: OptionNode): string | undefined {
    switch (node.kind) {
      case "string": {
        const value = this.render(node);
        if (value !== undefined && this.isPending(value)) this.markUnknown();
        return value;
      }
      case "unknown":
        this.markUnknown();
        return PLACEHOLDER;
      case "null":
        return undefined;
      default: {
        const value = scalarText(node, this.language);
        if (value === undefined) this.reject(node, `must be a string, not ${describeNode(node)}`);
        return value;
      }
    }
  }

  /** Compiles text that is rendered during the run. Scalars other than strings are constants. */
  compile(node: OptionNode): LateText | undefined {
    if (node.kind === "string") {
      const plain = node.literal || !node.value.includes("{{");
      return plain ? constant(node.value) : this.resultOf(this.context.compile(node));
    }
    const text = this.text(node);
    return text === undefined ? undefined : constant(text);
  }

  /** Returns whether text contains a value that is not known yet. Inputs and flags are always known. */
  isPending(text: string): boolean {
    return (this.language === "json" || this.language === "hcl2") && isPlaceholder(text);
  }

  /** Marks the current option as not known yet. */
  markUnknown(): void {
    this.unchecked.add(this.path);
  }

  /** Returns the function that compiles text by the rules of this template, for files that are read during the run. */
  compiler(): DecodeContext["compile"] {
    const { context } = this;
    return (node) => context.compile(node);
  }

  secret(value: string): void {
    if (value !== "" && value !== PLACEHOLDER) this.secrets.push(value);
  }

  /** Reports that the current option has a wrong value. `what` completes `"path" …`. */
  reject(node: OptionNode, what: string, hint?: string): void {
    this.report(this.context.wording?.wrong(this.path, what, hint) ?? wrongValue(this.path, node, what, hint));
  }

  /** Warns about the current option. `what` completes `"path" …`. */
  warn(node: OptionNode, what: string): void {
    this.report({ ...wrongValue(this.path, node, what), severity: "warning" });
  }

  report(diagnostic: Diagnostic): void {
    if (diagnostic.severity === "error" && this.path !== "") this.unchecked.add(this.path);
    this.diagnostics.push(diagnostic);
  }

  /** Decodes an object by its fields. Reports unknown keys, missing required options and repeated attributes. */
  object<F extends FieldsOf>(given: OptionNode, fields: F): Decode<F> | undefined {
    const node = asObject(given);
    if (!node) {
      if (given.kind === "unknown") this.markUnknown();
      else if (given.kind !== "null") this.reject(given, `must be an object, not ${describeNode(given)}`);
      return undefined;
    }
    const names = new Map(Object.keys(fields).map((name) => [name.toLowerCase(), name]));
    const byName = new Map<string, OptionEntry[]>();
    for (const entry of node.entries) {
      const name = names.get(entry.key.toLowerCase());
      if (name !== undefined) byName.set(name, [...(byName.get(name) ?? []), entry]);
      else if (this.path !== "" || !IGNORED.test(entry.key))
        this.report(unknownOption(this.path, entry, Object.keys(fields), this.language));
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
      for (const entry of entries ?? []) {
        const problem = wrongForm(this.path, field, entry);
        if (problem) this.report(problem);
      }
      if (!first || !value || value.kind === "null") {
        if (field.notes.required)
          this.report(
            this.context.wording?.missing(this.path) ?? missingOption(this.path, field, parent, this.language),
          );
        return field.absent;
      }
      this.places.set(this.path, value.range);
      if (again && !(first.form === "block" && field.type.startsWith("list")))
        this.report(repeatedOption(this.path, first, again));
      for (const note of warningsAbout(this.path, field, first)) this.report(note);
      return field.decode(value, this) ?? field.absent;
    });
  }

  /** Decodes one part of the current option, a member by its name or an item by its index, and records its place. */
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
    for (const diagnostic of attempt.diagnostics) this.report(diagnostic);
    return undefined;
  }
}

/** Returns an object, or the only object of a list (§1.12). */
export function asObject(node: OptionNode): ObjectNode | undefined {
  if (node.kind === "object") return node;
  const only = node.kind === "list" && node.items.length === 1 ? node.items[0] : undefined;
  return only?.kind === "object" ? only : undefined;
}

/** Repeated blocks of one name become one list; of repeated attributes the first is used. */
function mergeBlocks(entries: readonly OptionEntry[]): OptionNode | undefined {
  const first = entries[0];
  if (!first || entries.length === 1 || first.form !== "block") return first?.value;
  return { kind: "list", items: entries.map((entry) => entry.value), range: first.value.range };
}

/**
 * Returns a number or boolean as a string: in JSON templates by Go's weak decoding (`true` is "1"), in HCL2 by its own
 * conversion (`true` is "true"). Returns undefined for other nodes.
 */
function scalarText(node: OptionNode, language: OptionLanguage): string | undefined {
  if (node.kind === "number") return language === "json" ? floatText(node.value) : node.value;
  if (node.kind !== "bool") return undefined;
  if (language === "hcl2") return String(node.value);
  return node.value ? "1" : "0";
}

/** Packer reads JSON numbers as float64: `20.0` becomes "20", and no number has an exponent. */
function floatText(written: string): string {
  const value = Number(written);
  const text = String(value);
  if (!Number.isFinite(value) || /^-?\d+$/.test(written)) return written;
  if (Number.isInteger(value)) return BigInt(value).toString();
  return text.includes("e") ? value.toFixed(20).replace(/0+$/, "") : text;
}
