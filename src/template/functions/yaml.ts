import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  parseAllDocuments,
  Scalar,
  type YAMLMap,
} from "yaml";
import type { Budget } from "../budget.js";
import { ConversionError, convertValue } from "../values/convert.js";
import { extentOf } from "../values/extent.js";
import { DYNAMIC, STRING } from "../values/types.js";
import { isWhollyKnown, objectValue, stringValue, tupleValue, unknownValue, type Value } from "../values/value.js";
import { any, defineFunction, type FunctionDefinition, fail, param, textOf } from "./definition.js";
import { resolveScalar } from "./yaml-scalars.js";
import { writeYaml } from "./yaml-writer.js";

/** `yamldecode` and `yamlencode` (Packer §2.5): YAML 1.2 with the booleans of 1.1, as go-cty-yaml reads it. */
export const YAML_FUNCTIONS: Readonly<Record<string, FunctionDefinition>> = {
  yamldecode: defineFunction(DYNAMIC, [param("src", STRING)], (args, budget) => decodeYaml(textOf(args, 0), budget)),
  yamlencode: defineFunction(STRING, [any("value", { allowNull: true, allowDynamic: true })], (args, budget) => {
    const value = args[0] ?? unknownValue();
    const { elements, depth } = extentOf(value);
    budget.require("bytes", elements * depth * YAML_INDENT);
    return isWhollyKnown(value) ? stringValue(writeYaml(value)) : unknownValue(STRING);
  }),
};

/** Spaces before a value for each level. */
const YAML_INDENT = 2;

/** Steps to convert one node to a value. */
const STEPS_OF_NODE = 40;

/** Steps to parse one token. */
const STEPS_OF_TOKEN = 60;

function decodeYaml(text: string, budget: Budget): Value {
  budget.charge("steps", text.length);
  const lines = yamlLines(text, budget);
  for (const _ of new Lexer().lex(lines)) budget.charge("steps", STEPS_OF_TOKEN);
  const documents = parseYaml(lines);
  if (!Array.isArray(documents) || documents.length === 0) return fail("the YAML text contains no document", 0);
  const [document, second] = documents;
  const [error] = document?.errors ?? [];
  if (error && /call stack/.test(error.message)) failDepth();
  if (error) fail(`invalid YAML: ${error.message.split("\n")[0]?.replace(/:$/, "")}`, 0);
  if (!document || second) return fail("the YAML text contains more than one document", 0);
  return new Conversion(document, budget).convert(document.contents);
}

function parseYaml(text: string) {
  try {
    return parseAllDocuments(text, {
      schema: "failsafe",
      lineCounter: new LineCounter(),
      uniqueKeys: false,
      logLevel: "silent",
    });
  } catch (error) {
    // The library parses nested collections by recursion, without a limit of its own.
    if (!(error instanceof RangeError)) throw error;
    return failDepth();
  }
}

function failDepth(): never {
  return fail("invalid YAML: it is nested too deeply", 0);
}

/** One conversion of a document. A class because the open nodes and the budget go through the whole recursion. */
class Conversion {
  private readonly document: Document;
  private readonly budget: Budget;
  /** The collections that contain the node. */
  private readonly open = new Set<unknown>();

  constructor(document: Document, budget: Budget) {
    this.document = document;
    this.budget = budget;
  }

  /** Each node is charged as often as it occurs: an alias to aliases multiplies. */
  convert(node: unknown): Value {
    this.budget.charge("elements", 1);
    this.budget.charge("steps", STEPS_OF_NODE);
    if (node === null || node === undefined) return resolveScalar("", true, undefined);
    if (this.open.has(node)) return fail("an alias refers to a node that contains it", 0);
    if (isAlias(node)) {
      // The library searches the whole document for the anchor.
      this.budget.checkTime();
      return this.convert(node.resolve(this.document));
    }
    if (isScalar(node)) return scalar(node);
    if (!isSeq(node) && !isMap(node)) return fail("the YAML text contains an unsupported node", 0);
    this.open.add(node);
    this.budget.limit("depth", this.open.size);
    const value = isSeq(node)
      ? tupleValue(node.items.map((item) => this.convert(item)))
      : objectValue(this.entries(node));
    this.open.delete(node);
    return value;
  }

  /** `<<` merges the entries of other maps. The map's own entries take precedence. */
  private entries(map: YAMLMap): ReadonlyMap<string, Value> {
    const merged = new Map<string, Value>();
    const own = new Map<string, Value>();
    for (const { key, value } of map.items) {
      if (isScalar(key) && key.type === Scalar.PLAIN && key.source === "<<") {
        for (const [name, item] of mergeEntries(this.convert(value))) merged.set(name, item);
      } else {
        own.set(this.key(key), this.convert(value));
      }
    }
    return new Map([...merged, ...own]);
  }

  private key(key: unknown): string {
    try {
      const value = convertValue(this.convert(key), STRING);
      return value.kind === "string" ? value.value : fail("a key of a YAML map is null", 0);
    } catch (error) {
      if (!(error instanceof ConversionError)) throw error;
      return fail("the keys of a YAML map must be strings, numbers or booleans", 0);
    }
  }
}

function scalar(node: Scalar): Value {
  const source = node.source ?? String(node.value ?? "");
  const block = node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED;
  // In go-cty-yaml an empty block is null, as is an empty plain scalar.
  const plain = node.type === undefined || node.type === Scalar.PLAIN || (block && source === "");
  return resolveScalar(source, plain, node.tag);
}

function mergeEntries(value: Value): Iterable<readonly [string, Value]> {
  if ("entries" in value) return value.entries;
  if ("items" in value) return value.items.flatMap((item) => ("entries" in item ? [...item.entries] : notMap()));
  return notMap();
}

function notMap(): never {
  return fail("<< must be followed by a map or a list of maps", 0);
}

/** Characters that are not allowed in YAML text, except as escapes. */
const CONTROLS = /[^\t\n\r\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
/** Marker of the lexer before a scalar. */
const SCALAR = "\u001f";
/** Maximum number of replaced separators: each replacement changes the tokens after it. */
const MAX_ROUNDS = 500;

/**
 * Replaces the line ends of YAML 1.1 by line feeds, as go-cty-yaml reads them: a single carriage return, U+0085, and
 * U+2028 and U+2029 between tokens. In quotes and blocks U+2028 and U+2029 are kept. Throws `FunctionError` for control
 * characters.
 */
function yamlLines(text: string, budget: Budget): string {
  if (CONTROLS.test(text)) fail("invalid YAML: the text contains a control character", 0);
  let lines = text.replace(/\r\n?|\u0085/g, "\n");
  for (let round = 0; round < MAX_ROUNDS && /[\u2028\u2029]/.test(lines); round++) {
    budget.charge("steps", lines.length);
    const next = separated(lines);
    if (next === lines) break;
    lines = next;
  }
  return lines;
}

/** Replaces the first separator in a plain scalar or comment by a line feed. */
function separated(text: string): string {
  let before = "";
  let header = "";
  let scalar = false;
  let at = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === SCALAR) {
      scalar = true;
      continue;
    }
    if (!text.startsWith(token, at)) continue;
    const block = scalar && /^[|>]/.test(header);
    const loose = token.startsWith("#") || (scalar && !block && !/^["']/.test(token));
    if (loose && /[\u2028\u2029]/.test(token))
      return before + token.replace(/[\u2028\u2029]/, "\n") + text.slice(at + token.length);
    if (/^[|>]/.test(token) || scalar) header = scalar ? "" : token;
    before += token;
    at += token.length;
    scalar = false;
  }
  return text;
}
