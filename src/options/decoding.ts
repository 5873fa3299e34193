import type { Diagnostic } from "../core/diagnostics.js";
import type { LateText } from "../core/late.js";
import type { Range } from "../core/source.js";
import { suggest } from "../core/suggest.js";
import type { Attempt, DecodeContext } from "./context.js";
import type { Decode, Field, FieldsOf, Json, LateEntry } from "./fields.js";
import type { ObjectNode, OptionEntry, OptionNode, StringNode } from "./node.js";
import { PLACEHOLDER } from "./placeholder.js";

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
  private readonly context: DecodeContext;
  private path = "";

  constructor(context: DecodeContext) {
    this.context = context;
  }

  /** Renders text now; undefined after a complaint. */
  render(node: StringNode): string | undefined {
    if (!node.value.includes("{{")) return node.value;
    return this.take(this.context.render(node));
  }

  /** Compiles text for later; scalars other than strings are constants. */
  compile(node: OptionNode): LateText | undefined {
    if (node.kind === "string") {
      const source = node.value;
      return source.includes("{{") ? this.take(this.context.compile(node)) : constant(source);
    }
    if (node.kind === "number") return constant(node.value);
    if (node.kind === "bool") return constant(node.value ? "true" : "false");
    if (node.kind === "unknown") return constant(PLACEHOLDER);
    if (node.kind !== "null") this.wrong(node, `must be text, not ${article(node)}`);
    return undefined;
  }

  /** What a value that is not known yet stands for. */
  placeholder(_node: OptionNode): string {
    return PLACEHOLDER;
  }

  secret(value: string): void {
    if (value !== "" && value !== PLACEHOLDER) this.secrets.push(value);
  }

  /** Complains that the option at hand has a wrong value; `what` completes `"path" …`. */
  wrong(node: OptionNode, what: string, hint?: string): void {
    this.complain({
      severity: "error",
      code: "wrong-option-value",
      summary: `"${this.path}" ${what}`,
      range: node.range,
      ...(hint ? { hint } : {}),
    });
  }

  complain(diagnostic: Diagnostic): void {
    this.diagnostics.push(diagnostic);
  }

  /** Decodes an object by its fields; unknown keys, missing required options and double attributes are told. */
  object<F extends FieldsOf>(given: OptionNode, fields: F): Decode<F> | undefined {
    const node = asObject(given);
    if (!node) {
      if (given.kind !== "unknown" && given.kind !== "null")
        this.wrong(given, `must be an object, not ${article(given)}`);
      return undefined;
    }
    const names = new Map(Object.keys(fields).map((name) => [name.toLowerCase(), name]));
    const byName = new Map<string, OptionEntry[]>();
    for (const entry of node.entries) {
      const name = names.get(entry.key.toLowerCase());
      if (name !== undefined) byName.set(name, [...(byName.get(name) ?? []), entry]);
      else if (!IGNORED.test(entry.key)) this.unknownKey(entry, Object.keys(fields));
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
      const value = entries && mergeBlocks(entries);
      if (!entries || !value || value.kind === "null") {
        if (field.notes.required) this.missing(field, parent);
        return field.absent;
      }
      this.places.set(this.path, value.range);
      this.checkForm(field, entries);
      this.notes(field, entries);
      return field.decode(value, this) ?? field.absent;
    });
  }

  private checkForm(field: Field<unknown>, entries: readonly OptionEntry[]): void {
    for (const entry of entries) {
      if (entry.form === "attribute" && field.block && entry.value.kind !== "unknown") {
        this.complain({
          severity: "error",
          code: "attribute-for-block",
          summary: `"${this.path}" is written as a block here, not as an argument`,
          hint: `Write ${entry.key} { … } without "=".`,
          range: entry.keyRange,
        });
      } else if (entry.form === "block" && !field.block && !field.type.startsWith("map")) {
        this.complain({
          severity: "error",
          code: "block-for-attribute",
          summary: `"${this.path}" is an argument, not a block`,
          hint: `Write ${entry.key} = ….`,
          range: entry.keyRange,
        });
      }
    }
  }

  private notes(field: Field<unknown>, entries: readonly OptionEntry[]): void {
    const range = entries[0]?.keyRange;
    const at = range ? { range } : {};
    const { deprecated, unsupported } = field.notes;
    if (deprecated) {
      this.complain({
        severity: "warning",
        code: "deprecated-option",
        summary: `"${this.path}" is deprecated: ${deprecated}`,
        ...at,
      });
    }
    if (unsupported) {
      this.complain({
        severity: "warning",
        code: "unsupported-option",
        summary: `"${this.path}" is known but not supported yet; a build refuses it`,
        hint: unsupported,
        ...at,
      });
    }
  }

  private missing(field: Field<unknown>, parent: ObjectNode): void {
    this.complain({
      severity: "error",
      code: "missing-option",
      summary: `"${this.path}" is required`,
      detail: field.notes.doc,
      range: parent.range,
    });
  }

  private unknownKey(entry: OptionEntry, names: readonly string[]): void {
    const near = suggest(entry.key, names);
    const path = this.path === "" ? entry.key : `${this.path}.${entry.key}`;
    this.complain({
      severity: "error",
      code: "unknown-option",
      summary: `unknown configuration key: "${path}"`,
      range: entry.keyRange,
      ...(near ? { hint: `Did you mean "${near}"?` } : {}),
    });
  }

  /** Items of a list; `split`: a string is cut at commas, `whole`: anything single is a list of one. */
  items<T>(node: OptionNode, item: Field<T>, single: "split" | "whole"): readonly NonNullable<T>[] | undefined {
    if (node.kind === "unknown") return [];
    const nodes = node.kind === "list" ? node.items : this.single(node, single);
    const values: NonNullable<T>[] = [];
    nodes.forEach((each, index) => {
      const value = this.within(index, () => {
        this.places.set(this.path, each.range);
        return item.decode(each, this);
      });
      if (value !== undefined && value !== null) values.push(value as NonNullable<T>);
    });
    return values;
  }

  private single(node: OptionNode, how: "split" | "whole"): readonly OptionNode[] {
    if (how === "whole" || node.kind !== "string")
      return node.kind === "object" && node.entries.length === 0 ? [] : [node];
    const text = this.render(node);
    if (text === undefined || text === "") return [];
    return text.split(",").map((value) => ({ kind: "string", value, range: node.range }));
  }

  /** A map of text; lists of one map are taken as that map. */
  textMap(node: OptionNode): Readonly<Record<string, string>> | undefined {
    const result: Record<string, string> = {};
    for (const { entry, key } of this.mapEntries(node)) {
      const name = this.render(key);
      const value = this.within(entry.key, () => this.scalar(entry.value));
      if (name !== undefined && value !== undefined) result[name] = value;
    }
    return result;
  }

  /** A map whose keys and values are rendered during the run. */
  lateMap(node: OptionNode): readonly LateEntry[] | undefined {
    const result: LateEntry[] = [];
    for (const { entry, key } of this.mapEntries(node)) {
      const name = this.compile(key);
      const value = this.within(entry.key, () => this.compile(entry.value));
      if (name && value) result.push({ key: name, value });
    }
    return result;
  }

  private mapEntries(given: OptionNode): { entry: OptionEntry; key: StringNode }[] {
    const node = asObject(given);
    if (!node) {
      if (given.kind !== "unknown") this.wrong(given, `must be a map, not ${article(given)}`);
      return [];
    }
    return node.entries.map((entry) => ({ entry, key: { kind: "string", value: entry.key, range: entry.keyRange } }));
  }

  private scalar(node: OptionNode): string | undefined {
    const late = this.compileNow(node);
    return late;
  }

  private compileNow(node: OptionNode): string | undefined {
    if (node.kind === "string") return this.render(node);
    if (node.kind === "null") return "";
    return this.compile(node)?.source;
  }

  /** Free-form JSON with its strings rendered. */
  json(node: OptionNode): Json | undefined {
    switch (node.kind) {
      case "string":
        return this.render(node);
      case "number":
        return Number(node.value);
      case "bool":
        return node.value;
      case "null":
        return null;
      case "unknown":
        return PLACEHOLDER;
      case "list":
        return node.items.map((item) => this.json(item) ?? null);
      default:
        return Object.fromEntries(node.entries.map((entry) => [entry.key, this.json(entry.value) ?? null]));
    }
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

  private take<T>(attempt: Attempt<T>): T | undefined {
    if (attempt.ok) {
      this.diagnostics.push(...(attempt.warnings ?? []));
      return attempt.value;
    }
    this.diagnostics.push(...attempt.diagnostics);
    return undefined;
  }
}

/** Late text without template parts. */
export function constant(text: string): LateText {
  return { source: text, render: () => text };
}

/** An object; a list of exactly one object is taken as that object (§1.12). */
function asObject(node: OptionNode): ObjectNode | undefined {
  if (node.kind === "object") return node;
  const only = node.kind === "list" && node.items.length === 1 ? node.items[0] : undefined;
  return only?.kind === "object" ? only : undefined;
}

/** Repeated blocks of one name are one list. */
function mergeBlocks(entries: readonly OptionEntry[]): OptionNode | undefined {
  const first = entries[0];
  if (!first || entries.length === 1) return first?.value;
  return { kind: "list", items: entries.map((entry) => entry.value), range: first.value.range };
}

function article(node: OptionNode): string {
  return node.kind === "object" ? "an object" : `a ${node.kind}`;
}

export { PLACEHOLDER };
