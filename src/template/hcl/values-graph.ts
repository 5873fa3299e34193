import type { Range } from "../../core/source.js";
import { marked, objectValue, unknownValue, type Value } from "../values/value.js";
import { checkBlockName } from "./blocks.js";
import { readDataSource } from "./data-sources.js";
import { type Reference, references } from "./evaluate/references.js";
import { evaluate } from "./evaluate/scope.js";
import type { LocalDefinition } from "./locals.js";
import { fullScope, reportError, type TemplateReading } from "./reading.js";
import type { Block, Body } from "./syntax/body.js";
import { justAttributes } from "./syntax/content.js";

/** What locals and data sources came to. */
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
 * Evaluates locals and data sources, each after what it refers to (Packer §2.4 step 4). A cycle is reported once, and what is in
 * it is unknown.
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
  /** Keys that are being evaluated, the outermost first. */
  const path: string[] = [];
  const visit = (key: string): void => {
    const vertex = vertices.get(key);
    if (!vertex || state.get(key) === "done") return;
    if (state.get(key) === "open") {
      reportCycle(vertex, path, reading);
      return;
    }
    state.set(key, "open");
    path.push(key);
    for (const use of vertex.uses) for (const needed of targets(use, vertices)) visit(needed);
    path.pop();
    values.set(key, vertex.evaluate(withGraph(base, values, vertex)));
    state.set(key, "done");
  };
  for (const key of vertices.keys()) visit(key);
  return collect(values);
}

function localVertex(local: LocalDefinition, reading: TemplateReading): [string, Vertex] {
  const { expression, sensitive, range } = local;
  const key = `local.${local.name}`;
  return [
    key,
    {
      key,
      range,
      uses: references(expression),
      evaluate: (variables) => marked(evaluate(expression, fullScope(reading, variables)), sensitive),
    },
  ];
}

function dataVertex(key: string, block: Block, reading: TemplateReading): [string, Vertex] {
  const evaluateBlock = (variables: ReadonlyMap<string, Value>) =>
    readDataSource(block, reading, fullScope(reading, variables));
  return [key, { key, range: block.headerRange, uses: bodyReferences(block.body), evaluate: evaluateBlock }];
}

/** `data` blocks by `data.TYPE.NAME`; a second one of a name is reported. */
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
      summary: `The data source ${key.slice("data.".length)} is declared twice`,
      range: block.headerRange,
      related: { text: "It was declared here", range: first.headerRange },
    });
  }
  return found;
}

/** Everything that a body refers to, blocks within it included. */
function bodyReferences(body: Body): readonly Reference[] {
  if (body.syntax === "json")
    return justAttributes({ ...body, consumed: new Set() }).attributes.flatMap((a) => references(a.expression));
  return [
    ...body.attributes.flatMap((attribute) => references(attribute.expression)),
    ...body.blocks.flatMap((block) => bodyReferences(block.body)),
  ];
}

/** The vertices that a reference means; `data.type` alone means all of the type. */
function targets(use: Reference, vertices: ReadonlyMap<string, Vertex>): readonly string[] {
  const [first, second] = use.attributes;
  if (use.root === "local" && first !== undefined) return [`local.${first}`];
  if (use.root !== "data" || first === undefined) return [];
  if (second !== undefined) return [`data.${first}.${second}`];
  return [...vertices.keys()].filter((key) => key.startsWith(`data.${first}.`));
}

function reportCycle(vertex: Vertex, path: readonly string[], reading: TemplateReading): void {
  const cycle = [...path.slice(path.indexOf(vertex.key)), vertex.key];
  reportError(reading, "cycle", `${vertex.key} refers to itself`, {
    detail: cycle.length > 2 ? `By way of: ${cycle.join(" → ")}.` : "A value cannot be made of itself.",
    range: vertex.range,
  });
}

function collect(values: ReadonlyMap<string, Value>): GraphValues {
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
 * Names of an expression with what is evaluated so far. Only what it refers to, so that many locals do not take quadratic
 * time; all of it where a name is missing (the message suggests similar ones) or a whole group is meant.
 */
function withGraph(
  base: ReadonlyMap<string, Value>,
  values: ReadonlyMap<string, Value>,
  vertex: Vertex,
): ReadonlyMap<string, Value> {
  const inGraph = vertex.uses.filter(({ root }) => root === "local" || root === "data");
  const keys = inGraph.map((use) => [use.root, ...use.attributes.slice(0, use.root === "local" ? 1 : 2)].join("."));
  if (!keys.every((key) => values.has(key))) return new Map([...base, ...graphNames(collect(values))]);
  const used = new Map(keys.map((key) => [key, values.get(key) ?? unknownValue()] as const));
  return new Map([...base, ...graphNames(collect(used))]);
}

/** `local` and `data` as expressions see them. */
export function graphNames({ locals, data }: GraphValues): readonly (readonly [string, Value])[] {
  const types = [...data].map(([type, names]) => [type, objectValue(names)] as const);
  return [
    ["local", objectValue(locals)],
    ["data", objectValue(types)],
  ];
}
