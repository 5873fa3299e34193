import type { Diagnostic } from "../core/diagnostics.js";
import type { LateText } from "../core/late.js";
import type { Range } from "../core/source.js";
import { missingOption, noted, repeatedOption, unknownOption, wrongForm, wrongValue } from "./complaints.js";
import type { Attempt, DecodeContext } from "./context.js";
import type { Decode, Field, FieldsOf, Json, LateEntry } from "./fields.js";
import type { ObjectNode, OptionEntry, OptionNode, StringNode } from "./node.js";
import { PLACEHOLDER } from "./placeholder.js";
import { described, readText } from "./weak.js";

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
    return this.take(this.context.render(node));
  }

  /** Compiles text for later; scalars other than strings are constants. */
  compile(node: OptionNode): LateText | undefined {
    if (node.kind === "string") {
      const plain = node.literal || !node.value.includes("{{");
      return plain ? constant(node.value) : this.take(this.context.compile(node));
    }
    const text = readText(node, this);
    return text === undefined ? undefined : constant(text);
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
    this.complain(wrongValue(this.path, node, what, hint));
  }

  /** Warns of the option at hand. */
  warn(node: OptionNode, what: string): void {
    this.complain({ ...wrongValue(this.path, node, what), severity: "warning" });
  }

  complain(diagnostic: Diagnostic): void {
    if (diagnostic.severity === "error" && this.path !== "") this.unchecked.add(this.path);
    this.diagnostics.push(diagnostic);
  }

  /** Decodes an object by its fields; unknown keys, missing required options and double attributes are told. */
  object<F extends FieldsOf>(given: OptionNode, fields: F): Decode<F> | undefined {
    const node = asObject(given);
    if (!node) {
      if (given.kind === "unknown") this.unknown();
      else if (given.kind !== "null") this.wrong(given, `must be an object, not ${described(given)}`);
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
        if (field.notes.required) this.complain(missingOption(this.path, field, parent));
        return field.absent;
      }
      this.places.set(this.path, value.range);
      if (again && !(first.form === "block" && field.type.startsWith("list")))
        this.complain(repeatedOption(this.path, first, again));
      for (const entry of entries ?? []) {
        const problem = wrongForm(this.path, field, entry);
        if (problem) this.complain(problem);
      }
      for (const note of noted(this.path, field, first)) this.complain(note);
      return field.decode(value, this) ?? field.absent;
    });
  }

  /** Items of a list; `split`: a string of a JSON template is cut at commas, `whole`: anything single is a list of one. */
  items<T>(node: OptionNode, item: Field<T>, single: "split" | "whole"): readonly NonNullable<T>[] | undefined {
    if (node.kind === "unknown") {
      this.unknown();
      return [];
    }
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
    if (how === "split" && this.language === "hcl2") {
      this.wrong(node, `must be a list, not ${described(node)}`, "Write it in square brackets: [ … ].");
      return [];
    }
    if (how === "whole" || node.kind !== "string")
      return node.kind === "object" && node.entries.length === 0 ? [] : [node];
    const text = this.render(node);
    if (text === undefined || text === "") return [];
    return text.split(",").map((value) => ({ kind: "string", value, range: node.range, literal: true }));
  }

  /** A map of text; lists of one map are taken as that map. */
  textMap(node: OptionNode): Readonly<Record<string, string>> | undefined {
    const result: Record<string, string> = {};
    for (const { entry, key } of this.mapEntries(node)) {
      const name = this.render(key);
      const value = this.within(entry.key, () => {
        this.places.set(this.path, entry.value.range);
        return entry.value.kind === "null" ? "" : readText(entry.value, this);
      });
      if (name !== undefined && value !== undefined) result[name] = value;
    }
    return result;
  }

  /** A map whose keys and values are rendered during the run. */
  lateMap(node: OptionNode): readonly LateEntry[] | undefined {
    const result: LateEntry[] = [];
    for (const { entry, key } of this.mapEntries(node)) {
      const name = this.compile(key);
      const value = this.within(entry.key, () => {
        this.places.set(this.path, entry.value.range);
        return entry.value.kind === "null" ? constant("") : this.compile(entry.value);
      });
      if (name && value) result.push({ key: name, value });
    }
    return result;
  }

  private mapEntries(given: OptionNode): { entry: OptionEntry; key: StringNode }[] {
    const node = asObject(given);
    if (!node) {
      if (given.kind === "unknown") this.unknown();
      else if (given.kind !== "list" || given.items.length > 0)
        this.wrong(given, `must be a map, not ${described(given)}`);
      return [];
    }
    return node.entries.map((entry) => ({ entry, key: { kind: "string", value: entry.key, range: entry.keyRange } }));
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
        this.unknown();
        return PLACEHOLDER;
      case "list":
        return node.items.map((item) => this.json(item) ?? null);
      default:
        return Object.fromEntries(
          node.entries.map(({ key, keyRange, value }) => [
            this.render({ kind: "string", value: key, range: keyRange }) ?? key,
            this.json(value) ?? null,
          ]),
        );
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
    for (const diagnostic of attempt.diagnostics) this.complain(diagnostic);
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

/** Repeated blocks of one name are one list; of anything else the first counts. */
function mergeBlocks(entries: readonly OptionEntry[]): OptionNode | undefined {
  const first = entries[0];
  if (!first || entries.length === 1 || first.form !== "block") return first?.value;
  return { kind: "list", items: entries.map((entry) => entry.value), range: first.value.range };
}

export { PLACEHOLDER };
