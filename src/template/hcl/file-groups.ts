import type { Diagnostic } from "../../core/diagnostics.js";
import type { SourceText } from "../../core/source.js";
import { collectBlocks, type TopLevelBlocks } from "./blocks.js";
import { findReferences } from "./evaluate/references.js";
import type { Expression } from "./syntax/ast.js";
import type { Block, Body } from "./syntax/body.js";
import { justAttributes, partialContent } from "./syntax/content.js";
import { parseJsonConfig } from "./syntax/json/bodies.js";
import { parseConfig } from "./syntax/parse.js";

/** Files of a directory that belong together: each refers to a name that another one declares. */
export interface FileGroup {
  readonly files: readonly string[];
  /** Those of `files` that have build blocks. */
  readonly withBuilds: readonly string[];
  /** Whether a file of values in the directory (`*.auto.pkrvars.hcl`) sets a variable of the group. */
  readonly hasAutomaticValues: boolean;
}

/** What one file declares and what it refers to, as `var.x`, `local.x`, `data.TYPE.NAME` and `source.TYPE.NAME`. */
interface FileNames {
  readonly file: string;
  readonly declared: ReadonlySet<string>;
  /** `source.` is any source: the names are only known at run time. */
  readonly used: ReadonlySet<string>;
  readonly hasBuilds: boolean;
}

/**
 * Groups the HCL2 files of a directory by their references to variables, locals, data sources and sources. `automatic` are the files of
 * values that Packer reads with the directory. Returns undefined when a file has syntax errors. Pure.
 */
export function groupFiles(
  files: readonly SourceText[],
  automatic: readonly SourceText[],
): readonly FileGroup[] | undefined {
  const names = files.map(namesOf);
  const values = automatic.map(parse);
  if (names.includes(undefined) || values.includes(undefined)) return undefined;
  const known = names.flatMap((each) => each ?? []);
  const set = new Set(values.flatMap((body) => (body ? attributeNames(body) : []).map((name) => `var.${name}`)));
  return connected(known).map((group) => ({
    files: group.map(({ file }) => file),
    withBuilds: group.filter(({ hasBuilds }) => hasBuilds).map(({ file }) => file),
    hasAutomaticValues: group.some(({ declared }) => [...declared].some((name) => set.has(name))),
  }));
}

/** Returns the connected files, in order of their first file. */
function connected(files: readonly FileNames[]): readonly (readonly FileNames[])[] {
  const groupOf = new Map(files.map((file) => [file, [file]]));
  for (const user of files) {
    for (const other of files) {
      const [ours, theirs] = [groupOf.get(user), groupOf.get(other)];
      if (!ours || !theirs || ours === theirs || !refersTo(user, other)) continue;
      const joined = files.filter((each) => ours.includes(each) || theirs.includes(each));
      for (const each of joined) groupOf.set(each, joined);
    }
  }
  return [...new Set(groupOf.values())];
}

/** A name that a file declares itself is its own, even if another file declares it too. */
function refersTo(user: FileNames, other: FileNames): boolean {
  return [...user.used].some((name) => {
    if (!name.endsWith(".")) return other.declared.has(name) && !user.declared.has(name);
    return user !== other && [...other.declared].some((declared) => declared.startsWith(name));
  });
}

function parse(source: SourceText): Body | undefined {
  const parsed = source.file.endsWith(".json") ? parseJsonConfig(source) : parseConfig(source);
  return parsed.diagnostics.some(({ severity }) => severity === "error") ? undefined : parsed.body;
}

function namesOf(source: SourceText): FileNames | undefined {
  const body = parse(source);
  if (body === undefined) return undefined;
  const ignored: Diagnostic[] = [];
  const blocks = collectBlocks([{ source, body }], ignored);
  const used = Object.values(blocks)
    .flat()
    .flatMap((block: Block) => bodyNames(block.body));
  return {
    file: source.file,
    declared: new Set(declaredIn(blocks)),
    used: new Set([...used, ...blocks.build.flatMap(({ body: build }) => sourcesOf(build))]),
    hasBuilds: blocks.build.length > 0,
  };
}

function declaredIn(blocks: TopLevelBlocks): readonly string[] {
  const labelled = (found: readonly Block[], root: string) =>
    found.map(({ labels }) => [root, ...labels.map(({ text }) => text)].join("."));
  return [
    ...labelled(blocks.variable, "var"),
    ...blocks.variables.flatMap(({ body }) => attributeNames(body).map((name) => `var.${name}`)),
    ...labelled(blocks.local, "local"),
    ...blocks.locals.flatMap(({ body }) => attributeNames(body).map((name) => `local.${name}`)),
    ...labelled(blocks.data, "data"),
    ...labelled(blocks.source, "source"),
  ];
}

function attributeNames(body: Body): readonly string[] {
  return justAttributes(body).attributes.map(({ name }) => name);
}

/** Returns the names that the expressions of a body refer to. */
function bodyNames(body: Body): readonly string[] {
  const attributes = body.syntax === "native" ? body.attributes : justAttributes(body).attributes;
  const nested = body.syntax === "native" ? body.blocks.flatMap((block) => bodyNames(block.body)) : [];
  return [...attributes.flatMap(({ expression }) => expressionNames(expression)), ...nested];
}

function expressionNames(expression: Expression): readonly string[] {
  return findReferences(expression).flatMap(({ root, attributes: [first, second] }) => {
    if (root === "var" || root === "local") return [`${root}.${first ?? ""}`];
    if (root === "data" || root === "source")
      return [`${root}.${first === undefined ? "" : `${first}.${second ?? ""}`}`];
    return [];
  });
}

const BUILD = {
  attributes: [{ name: "sources" }],
  blocks: [
    { type: "source", labels: ["name"] },
    { type: "dynamic", labels: ["type"] },
  ],
};

/** Returns the sources that a build block names: in `sources`, and by its own `source` blocks. */
function sourcesOf(build: Body): readonly string[] {
  const { content } = partialContent(build, BUILD);
  const list = content.attributes.get("sources")?.expression;
  const texts = list === undefined ? [] : constantTexts(list);
  const isDynamic = content.blocks.some(({ type }) => type === "dynamic");
  if (texts === undefined || isDynamic) return ["source."];
  const nested = content.blocks.flatMap(({ labels }) => labels.map(({ text }) => text));
  return [...texts, ...nested].map((text) => `source.${text.replace(/^source\./, "")}`);
}

/** Returns the texts of a list of constant strings; undefined if one is not constant. */
function constantTexts(expression: Expression): readonly string[] | undefined {
  const items = expression.kind === "tuple" ? expression.items : [expression];
  const texts = items.map((item) => {
    if (item.kind === "traversal") return expressionNames(item)[0];
    if (item.kind !== "template") return undefined;
    const parts = item.parts.map((part) => (part.kind === "literal" ? part.text : undefined));
    return parts.includes(undefined) ? undefined : parts.join("");
  });
  return texts.includes(undefined) ? undefined : texts.flatMap((text) => text ?? []);
}
