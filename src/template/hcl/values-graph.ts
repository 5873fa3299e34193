import type { Range } from "../../core/source.js";
import { withPlace } from "../budget.js";
import { extentOf } from "../values/extent.js";
import { marked, objectValue, unknownValue, type Value } from "../values/value.js";
import { checkBlockName } from "./blocks.js";
import { readDataSource } from "./data-sources.js";
import { findReferences, type Reference } from "./evaluate/references.js";
import { evaluate } from "./evaluate/scope.js";
import type { LocalDefinition } from "./locals.js";
import { fullScope, reportError, type TemplateReading } from "./reading.js";
import type { Block, Body } from "./syntax/body.js";
import { justAttributes } from "./syntax/content.js";

/** The values of locals and data sources. */
export interface GraphValues {
  readonly locals: ReadonlyMap<string, Value>;
  /** By type, then by name. */
  readonly data: ReadonlyMap<string, ReadonlyMap<string, Value>>;
}

interface Vertex {
  /** `local.x` or `data.type.name`. */
  readonly key: string;
  readonly range: Range;
  readonly uses: readonly Reference[];
  evaluate(variables: ReadonlyMap<string, Value>): Value;
}

/**
 * Evaluates locals and data sources, each after those that it refers to (Packer §2.4 step 4). Reports a cycle once; the values in
 * a cycle are unknown.
 */
export function evaluateGraph(
  locals: readonly LocalDefinition[],
  data: ReadonlyMap<string, Block>,
  base: ReadonlyMap<string, Value>,
  reading: TemplateReading,
): GraphValues {
  const vertices = new Map([
    ...locals.map((local) => localVertex(local, reading)),
    ...[...data].map(([key, block]) => dataVertex(key, block, reading)),
  ]);
  const values = new Map<string, Value>([...vertices.keys()].map((key) => [key, unknownValue()] as const));
  const state = new Map<string, "open" | "done">();
  /** Vertices under evaluation with what they still need, outermost first. Not the call stack: a chain of locals can be long. */
  const open: { readonly vertex: Vertex; readonly needed: Iterator<string> }[] = [];
  const enter = (key: string): void => {
    const vertex = vertices.get(key);
    if (!vertex || state.get(key) === "done") return;
    if (state.get(key) === "open") {
      reportCycle(
        vertex,
        open.map((each) => each.vertex.key),
        reading,
      );
      return;
    }
    state.set(key, "open");
    open.push({ vertex, needed: vertex.uses.flatMap((use) => targetKeys(use, vertices)).values() });
  };
  const visit = (key: string): void => {
    enter(key);
    for (let last = open.at(-1); last; last = open.at(-1)) {
      const next = last.needed.next();
      if (!next.done) {
        enter(next.value);
        continue;
      }
      open.pop();
      values.set(last.vertex.key, last.vertex.evaluate(withGraph(base, values, last.vertex)));
      state.set(last.vertex.key, "done");
    }
  };
  for (const key of vertices.keys()) visit(key);
  return groupValues(values);
}

function localVertex(local: LocalDefinition, reading: TemplateReading): [string, Vertex] {
  const { expression, sensitive, range } = local;
  const key = `local.${local.name}`;
  return [
    key,
    {
      key,
      range,
      uses: findReferences(expression),
      evaluate: (variables) => {
        const value = marked(evaluate(expression, fullScope(reading, variables)), sensitive);
        try {
          const { elements, bytes } = extentOf(value);
          reading.budget.charge("elements", elements);
          // `inspect` and masks make a text of each local.
          reading.budget.charge("bytes", bytes);
        } catch (error) {
          throw withPlace(error, expression.range);
        }
        return value;
      },
    },
  ];
}

function dataVertex(key: string, block: Block, reading: TemplateReading): [string, Vertex] {
  const evaluateBlock = (variables: ReadonlyMap<string, Value>) =>
    readDataSource(block, reading, fullScope(reading, variables));
  return [key, { key, range: block.headerRange, uses: bodyReferences(block.body), evaluate: evaluateBlock }];
}

/** Returns `data` blocks by `data.TYPE.NAME`. Reports duplicates. */
export function dataBlocks(blocks: readonly Block[], reading: TemplateReading): ReadonlyMap<string, Block> {
  const found = new Map<string, Block>();
  for (const block of blocks) {
    const [type, name] = block.labels;
    checkBlockName(reading, "data source", name);
    const key = `data.${type?.text}.${name?.text}`;
    const first = found.get(key);
    if (!first) {
      found.set(key, block);
      continue;
    }
    reading.diagnostics.push({
      severity: "error",
      code: "duplicate-data-source",
      summary: `Duplicate data block "${key.slice("data.".length)}"`,
      range: block.headerRange,
      related: { text: "First declared here", range: first.headerRange },
    });
  }
  return found;
}

/** Returns all references of a body and its nested blocks. */
function bodyReferences(body: Body): readonly Reference[] {
  if (body.syntax === "json")
    return justAttributes({ ...body, consumed: new Set() }).attributes.flatMap((a) => findReferences(a.expression));
  return [
    ...body.attributes.flatMap((attribute) => findReferences(attribute.expression)),
    ...body.blocks.flatMap((block) => bodyReferences(block.body)),
  ];
}

/** Returns the vertices that a reference points to. `data.type` alone points to all data sources of the type. */
function targetKeys(use: Reference, vertices: ReadonlyMap<string, Vertex>): readonly string[] {
  const [first, second] = use.attributes;
  if (use.root === "local" && first !== undefined) return [`local.${first}`];
  if (use.root !== "data" || first === undefined) return [];
  if (second !== undefined) return [`data.${first}.${second}`];
  return [...vertices.keys()].filter((key) => key.startsWith(`data.${first}.`));
}

function reportCycle(vertex: Vertex, path: readonly string[], reading: TemplateReading): void {
  const cycle = [...path.slice(path.indexOf(vertex.key)), vertex.key];
  reportError(reading, "cycle", `"${vertex.key}" refers to itself`, {
    detail: cycle.length > 2 ? `Cycle: ${cycle.join(" → ")}.` : "A value cannot be computed from itself.",
    range: vertex.range,
  });
}

function groupValues(values: ReadonlyMap<string, Value>): GraphValues {
  const locals = new Map<string, Value>();
  const data = new Map<string, Map<string, Value>>();
  for (const [key, value] of values) {
    const [root, first = "", ...rest] = key.split(".");
    if (root === "local") {
      locals.set(first, value);
      continue;
    }
    const ofType = data.get(first) ?? new Map<string, Value>();
    data.set(first, ofType.set(rest.join("."), value));
  }
  return { locals, data };
}

/**
 * Returns the names that an expression may use, with the values evaluated so far. Includes only the names that it refers to, so
 * that many locals do not take quadratic time. Includes all names when one is missing, because the message suggests similar
 * names, or when the expression refers to a whole group.
 */
function withGraph(
  base: ReadonlyMap<string, Value>,
  values: ReadonlyMap<string, Value>,
  vertex: Vertex,
): ReadonlyMap<string, Value> {
  const inGraph = vertex.uses.filter(({ root }) => root === "local" || root === "data");
  const keys = inGraph.map((use) => [use.root, ...use.attributes.slice(0, use.root === "local" ? 1 : 2)].join("."));
  if (!keys.every((key) => values.has(key))) return new Map([...base, ...graphNames(groupValues(values))]);
  const used = new Map(keys.map((key) => [key, values.get(key) ?? unknownValue()] as const));
  return new Map([...base, ...graphNames(groupValues(used))]);
}

/** Returns `local` and `data` as objects for expressions. */
export function graphNames({ locals, data }: GraphValues): readonly (readonly [string, Value])[] {
  const types = [...data].map(([type, names]) => [type, objectValue(names)] as const);
  return [
    ["local", objectValue(locals)],
    ["data", objectValue(types)],
  ];
}
