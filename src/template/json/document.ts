import { type Node, type ParseError, parseTree, visit } from "jsonc-parser";
import { lineIndex, type Range, type SourceText } from "../../core/source.js";
import type { ObjectNode, OptionEntry, OptionNode, StringNode } from "../../options/node.js";
import type { TemplateFindings } from "./findings.js";
import { reportSyntaxErrors } from "./syntax-errors.js";

/**
 * Parses JSON into nodes with places. Comments (`//`, `#`) and trailing commas are accepted, with one warning each;
 * broken JSON and keys that stand twice in one object are errors. Undefined after an error.
 */
export function parseDocument(file: string, text: string, findings: TemplateFindings): OptionNode | undefined {
  const positionAt = lineIndex(text);
  const range = (start: number, end: number): Range => ({ file, start: positionAt(start), end: positionAt(end) });
  const scanned = prescan(text);
  if (scanned.tooDeep !== undefined) {
    findings.error("template-too-deep", "this JSON is nested too deep", range(scanned.tooDeep, scanned.tooDeep + 1));
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

/** One warning for each kind of what JSON does not know, at the first of its kind. */
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
    findings.warning("json-comment", "comments are not JSON: Packer itself refuses this template", range(...comment), {
      hint: 'A root key that starts with "_" is a comment to Packer too.',
    });
  }
  if (comma !== undefined) {
    findings.warning(
      "json-trailing-comma",
      "a comma before a closing bracket is not JSON: Packer itself refuses this template",
      range(comma, comma + 1),
      {
        hint: "Take the comma out.",
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
      if (!Number.isFinite(node.value)) findings.error("number-too-large", "this number is too large", place);
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
      findings.error("duplicate-key", `the key "${name}" stands twice in one object`, keyRange, {
        hint: "Take one of them out.",
        related: { text: "The first one is here", range: first },
      });
    } else seen.set(name, keyRange);
    entries.push({ key: name, keyRange, value: toNode(value, text, range, findings) });
  }
  return { kind: "object", entries, range: range(node.offset, node.offset + node.length) };
}

/** Depth of nested brackets beyond which JSON is refused; real templates stay below 12. */
const MAX_DEPTH = 200;

/** What was found before parsing; `text` has the same offsets as the input. */
interface Prescan {
  /** Without byte-order mark and `#` comments: blanks stand in their place. */
  readonly text: string;
  /** The first `#` comment, start and end. */
  readonly hash: readonly [number, number] | undefined;
  /** Offset of the bracket that is nested too deep. */
  readonly tooDeep: number | undefined;
}

const PIECES = /^\ufeff|"[^"\\\n]*(?:\\.[^"\\\n]*)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\/|#[^\n]*|[[\]{}]/g;

/** Blanks what the parser does not know, and counts brackets: a parser that recurses must not meet a million of them. */
function prescan(text: string): Prescan {
  let hash: readonly [number, number] | undefined;
  let tooDeep: number | undefined;
  let depth = 0;
  const blanked = text.replace(PIECES, (piece, offset: number) => {
    const first = piece[0];
    if (first === "[" || first === "{") {
      if (++depth > MAX_DEPTH) tooDeep ??= offset;
    } else if (first === "]" || first === "}") {
      depth--;
    } else if (first === "#") {
      const line = piece.trimEnd();
      hash ??= [offset, offset + line.length];
      return " ".repeat(line.length) + piece.slice(line.length);
    } else if (first === "\ufeff") {
      return " ";
    }
    return piece;
  });
  return { text: blanked, hash, tooDeep };
}

/** Places of parts of strings: of JSON strings through their escapes, of `-var` values as they are. */
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

/** Where the `index`-th code unit of a JSON string's value stands in its source, from a known pair of offsets on. */
function rawOffset(raw: string, known: number, knownIndex: number, index: number): number {
  let at = known;
  for (let i = knownIndex; i < index && at < raw.length; i++) {
    at += raw[at] !== "\\" ? 1 : raw[at + 1] === "u" ? 6 : 2;
  }
  return at;
}
