import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  parseAllDocuments,
  Scalar,
  type YAMLMap,
} from "yaml";
import { ConversionError, convertValue } from "../values/convert.js";
import { DYNAMIC, STRING } from "../values/types.js";
import { isWhollyKnown, objectValue, stringValue, tupleValue, unknownValue, type Value } from "../values/value.js";
import { any, defineFunction, type FunctionDefinition, fail, param, textOf } from "./definition.js";
import { resolveScalar } from "./yaml-scalars.js";
import { writeYaml } from "./yaml-writer.js";

/** `yamldecode` and `yamlencode` (Packer §2.5): YAML 1.2 with the booleans of 1.1, as go-cty-yaml reads it. */
export const YAML_FUNCTIONS: Readonly<Record<string, FunctionDefinition>> = {
  yamldecode: defineFunction(DYNAMIC, [param("src", STRING)], (args) => decodeYaml(textOf(args, 0))),
  yamlencode: defineFunction(STRING, [any("value", { allowNull: true, allowDynamic: true })], (args) => {
    const value = args[0] ?? unknownValue();
    return isWhollyKnown(value) ? stringValue(writeYaml(value)) : unknownValue(STRING);
  }),
};

function decodeYaml(text: string): Value {
  const lines = new LineCounter();
  const documents = parseAllDocuments(yamlLines(text), {
    schema: "failsafe",
    lineCounter: lines,
    uniqueKeys: false,
    logLevel: "silent",
  });
  if (!Array.isArray(documents) || documents.length === 0) return fail("the YAML text contains no document", 0);
  const [document, second] = documents;
  const [error] = document?.errors ?? [];
  if (error) fail(`invalid YAML: ${error.message.split("\n")[0]?.replace(/:$/, "")}`, 0);
  if (!document || second) return fail("the YAML text contains more than one document", 0);
  return convertNode(document.contents, document, new Set());
}

function convertNode(node: unknown, document: Document, open: ReadonlySet<unknown>): Value {
  if (node === null || node === undefined) return resolveScalar("", true, undefined);
  if (open.has(node)) return fail("an alias refers to a node that contains it", 0);
  if (isAlias(node)) return convertNode(node.resolve(document), document, open);
  if (isScalar(node)) return scalar(node);
  const inside = new Set([...open, node]);
  if (isSeq(node)) return tupleValue(node.items.map((item) => convertNode(item, document, inside)));
  if (isMap(node)) return objectValue(mapEntries(node, document, inside));
  return fail("the YAML text contains an unsupported node", 0);
}

function scalar(node: Scalar): Value {
  const source = node.source ?? String(node.value ?? "");
  const block = node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED;
  // In go-cty-yaml an empty block is null, as is an empty plain scalar.
  const plain = node.type === undefined || node.type === Scalar.PLAIN || (block && source === "");
  return resolveScalar(source, plain, node.tag);
}

/** `<<` merges the entries of other maps. The map's own entries take precedence. */
function mapEntries(map: YAMLMap, document: Document, open: ReadonlySet<unknown>): ReadonlyMap<string, Value> {
  const merged = new Map<string, Value>();
  const own = new Map<string, Value>();
  for (const { key, value } of map.items) {
    if (isScalar(key) && key.type === Scalar.PLAIN && key.source === "<<") {
      for (const [name, item] of mergeEntries(convertNode(value, document, open))) merged.set(name, item);
    } else {
      own.set(keyText(key as Node | null, document, open), convertNode(value, document, open));
    }
  }
  return new Map([...merged, ...own]);
}

function mergeEntries(value: Value): Iterable<readonly [string, Value]> {
  if ("entries" in value) return value.entries;
  if ("items" in value) return value.items.flatMap((item) => ("entries" in item ? [...item.entries] : notMap()));
  return notMap();
}

function notMap(): never {
  return fail("<< must be followed by a map or a list of maps", 0);
}

function keyText(key: unknown, document: Document, open: ReadonlySet<unknown>): string {
  try {
    const value = convertValue(convertNode(key, document, open), STRING);
    return value.kind === "string" ? value.value : fail("a key of a YAML map is null", 0);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    return fail("the keys of a YAML map must be strings, numbers or booleans", 0);
  }
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
function yamlLines(text: string): string {
  if (CONTROLS.test(text)) fail("invalid YAML: the text contains a control character", 0);
  let lines = text.replace(/\r\n?|\u0085/g, "\n");
  for (let round = 0; round < MAX_ROUNDS && /[\u2028\u2029]/.test(lines); round++) {
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
