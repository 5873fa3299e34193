import { type Node, type ParseError, parseTree, visit } from "jsonc-parser";
import { lineIndex, type Range, type SourceText } from "../../core/source.js";
import type { ObjectNode, OptionEntry, OptionNode, StringNode } from "../../options/node.js";
import type { TemplateFindings } from "./findings.js";
import { reportSyntaxErrors } from "./syntax-errors.js";

/**
 * Parses JSON into nodes with places. Comments (`//`, `#`) and trailing commas are accepted, with one warning each.
 * Invalid JSON and duplicate keys are errors. Returns undefined after an error.
 */
export function parseDocument(file: string, text: string, findings: TemplateFindings): OptionNode | undefined {
  const positionAt = lineIndex(text);
  const range = (start: number, end: number): Range => ({ file, start: positionAt(start), end: positionAt(end) });
  const scanned = prescan(text);
  if (scanned.tooDeep !== undefined) {
    findings.error("template-too-deep", "The JSON is nested too deeply", range(scanned.tooDeep, scanned.tooDeep + 1));
    return undefined;
  }
  if (scanned.tooMany !== undefined) {
    const summary = `The JSON has more than ${MAX_VALUES.toLocaleString("en-US")} values`;
    findings.error("template-too-large", summary, range(scanned.tooMany, scanned.tooMany + 1));
    return undefined;
  }
  const errors: ParseError[] = [];
  const root = parseTree(scanned.text, errors, { allowTrailingComma: true });
  if (errors.length > 0 || !root) {
    reportSyntaxErrors(scanned.text, errors, range, findings);
    return undefined;
  }
  warnOfExtensions(scanned.text, scanned.hash, range, findings);
  const before = findings.diagnostics.length;
  const node = toNode(root, scanned.text, range, findings);
  return findings.diagnostics.slice(before).some(({ severity }) => severity === "error") ? undefined : node;
}

type MakeRange = (start: number, end: number) => Range;

/** Adds one warning about comments and one about trailing commas, at the first of each. */
function warnOfExtensions(
  text: string,
  hash: readonly [number, number] | undefined,
  range: MakeRange,
  findings: TemplateFindings,
) {
  let comment = hash;
  let comma: number | undefined;
  let lastComma: number | undefined;
  const closing = () => {
    if (lastComma !== undefined) comma ??= lastComma;
    lastComma = undefined;
  };
  const forget = () => {
    lastComma = undefined;
  };
  visit(
    text,
    {
      onComment: (offset, length) => {
        if (!comment || offset < comment[0]) comment = [offset, offset + length];
      },
      onSeparator: (character, offset) => {
        lastComma = character === "," ? offset : undefined;
      },
      onObjectEnd: closing,
      onArrayEnd: closing,
      onObjectProperty: forget,
      onLiteralValue: forget,
      onObjectBegin: forget,
      onArrayBegin: forget,
    },
    { allowTrailingComma: true },
  );
  if (comment) {
    findings.warning("json-comment", "JSON has no comments: Packer rejects this template", range(...comment), {
      hint: 'Use a root key that starts with "_" instead: Packer ignores such keys.',
    });
  }
  if (comma !== undefined) {
    findings.warning(
      "json-trailing-comma",
      "JSON allows no comma before a closing bracket: Packer rejects this template",
      range(comma, comma + 1),
      {
        hint: "Remove the comma.",
      },
    );
  }
}

function toNode(node: Node, text: string, range: MakeRange, findings: TemplateFindings): OptionNode {
  const place = range(node.offset, node.offset + node.length);
  switch (node.type) {
    case "object":
      return toObject(node, text, range, findings);
    case "array":
      return {
        kind: "list",
        items: (node.children ?? []).map((child) => toNode(child, text, range, findings)),
        range: place,
      };
    case "string":
      return { kind: "string", value: String(node.value), range: place };
    case "number":
      if (!Number.isFinite(node.value)) findings.error("number-too-large", "The number is too large", place);
      return { kind: "number", value: text.slice(node.offset, node.offset + node.length), range: place };
    case "boolean":
      return { kind: "bool", value: node.value === true, range: place };
    default:
      return { kind: "null", range: place };
  }
}

function toObject(node: Node, text: string, range: MakeRange, findings: TemplateFindings): ObjectNode {
  const seen = new Map<string, Range>();
  const entries: OptionEntry[] = [];
  for (const property of node.children ?? []) {
    const [key, value] = property.children ?? [];
    if (!key || !value) continue;
    const name = String(key.value);
    const keyRange = range(key.offset, key.offset + key.length);
    const first = seen.get(name);
    if (first) {
      findings.error("duplicate-key", `Duplicate key "${name}"`, keyRange, {
        hint: "Remove one of them.",
        related: { text: "First set here", range: first },
      });
    } else seen.set(name, keyRange);
    entries.push({ key: name, keyRange, value: toNode(value, text, range, findings) });
  }
  return { kind: "object", entries, range: range(node.offset, node.offset + node.length) };
}

/** Maximum depth of nested brackets. Real templates stay below 12. */
const MAX_DEPTH = 200;

/** Maximum number of values. Each takes about 500 bytes of memory. */
const MAX_VALUES = 250_000;

/** Result of the scan before parsing. `text` has the same offsets as the input. */
interface Prescan {
  /** The input with blanks in place of the byte-order mark and `#` comments. */
  readonly text: string;
  /** The first `#` comment, start and end. */
  readonly hash: readonly [number, number] | undefined;
  /** Offset of the first bracket that is nested too deeply. */
  readonly tooDeep: number | undefined;
  /** Offset of the first value that is one too many. */
  readonly tooMany: number | undefined;
}

/** A string or comment that is not closed is one piece too: otherwise each quote in it would be searched to the end again. */
const PIECES = /^\ufeff|"[^"\\\n]*(?:\\.[^"\\\n]*)*"?|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|#[^\n]*|[[\]{},]/g;

/** Replaces what the parser does not support by blanks, and counts brackets: the parser recurses, and would exhaust the stack. */
function prescan(text: string): Prescan {
  let hash: readonly [number, number] | undefined;
  const kept: string[] = [];
  let from = 0;
  let depth = 0;
  let values = 0;
  const blank = (offset: number, length: number) => {
    kept.push(text.slice(from, offset), " ".repeat(length));
    from = offset + length;
  };
  for (const { 0: piece, index: offset } of text.matchAll(PIECES)) {
    const first = piece[0];
    if (first === "[" || first === "{") {
      if (++depth > MAX_DEPTH) return { text, hash, tooDeep: offset, tooMany: undefined };
      values++;
    } else if (first === "]" || first === "}") {
      depth--;
    } else if (first === ",") {
      values++;
    } else if (first === "#") {
      const { length } = piece.trimEnd();
      hash ??= [offset, offset + length];
      blank(offset, length);
    } else if (first === "\ufeff") {
      blank(offset, 1);
    }
    if (values > MAX_VALUES) return { text, hash, tooDeep: undefined, tooMany: offset };
  }
  return { text: kept.join("") + text.slice(from), hash, tooDeep: undefined, tooMany: undefined };
}

/** Returns a function that finds the place of a part of a string: in JSON strings with escapes, and in `-var` values. */
export function jsonLocator(
  sources: readonly SourceText[],
): (node: StringNode, start: number, end: number) => Range | undefined {
  const files = new Map(sources.map(({ file, text }) => [file, { text, positionAt: lineIndex(text) }]));
  return ({ range, value }, start, end) => {
    const file = files.get(range.file);
    if (!file) return undefined;
    const at = range.start.offset;
    const place = (from: number, to: number): Range => ({
      file: range.file,
      start: file.positionAt(from),
      end: file.positionAt(to),
    });
    if (file.text.slice(at, range.end.offset) === value) return place(at + start, at + end);
    if (file.text[at] !== '"') return undefined;
    const raw = file.text.slice(at + 1, range.end.offset - 1);
    const from = rawOffset(raw, 0, 0, start);
    return place(at + 1 + from, at + 1 + rawOffset(raw, from, start, end));
  };
}

/** Returns the offset in the source of the `index`-th code unit of a JSON string's value. Starts at a known pair of offsets. */
function rawOffset(raw: string, known: number, knownIndex: number, index: number): number {
  let at = known;
  for (let i = knownIndex; i < index && at < raw.length; i++) {
    at += raw[at] !== "\\" ? 1 : raw[at + 1] === "u" ? 6 : 2;
  }
  return at;
}
