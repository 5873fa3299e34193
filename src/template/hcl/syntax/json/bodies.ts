import type { Diagnostic } from "../../../../core/diagnostics.js";
import { type Range, type SourceText, spanning } from "../../../../core/source.js";
import type {
  Attribute,
  Block,
  BodySchema,
  JsonBody,
  JsonObject,
  JsonProperty,
  JsonString,
  JsonValue,
  Label,
} from "../body.js";
import { locate } from "../located.js";
import { jsonExpression } from "./expressions.js";
import { parseJsonValue } from "./values.js";

/** Parses a file in HCL's JSON syntax (`.pkr.json`, `.pkrvars.json`). Strings are parsed when the body is decoded. */
export function parseJsonConfig(source: SourceText): { body: JsonBody; diagnostics: readonly Diagnostic[] } {
  const located = locate(source);
  const { value, diagnostics } = parseJsonValue(located);
  const start = located.at(0);
  const nowhere: Range = { file: source.file, start, end: start };
  if (!value) return { body: emptyBody(nowhere), diagnostics };
  const problems: Diagnostic[] = [];
  return { body: toBody(value, problems), diagnostics: problems };
}

function emptyBody(range: Range): JsonBody {
  return { syntax: "json", objects: [], consumed: new Set(), range, endRange: range };
}

/** Returns the body of an object, an array of objects (merged) or null (empty). */
function toBody(value: JsonValue, diagnostics: Diagnostic[]): JsonBody {
  const { range } = value;
  const end = {
    file: range.file,
    start: { ...range.end, offset: range.end.offset - 1, column: range.end.column - 1 },
    end: range.end,
  };
  const objects = objectsOf(value, "with arguments and blocks", diagnostics);
  return { syntax: "json", objects, consumed: new Set(), range, endRange: value.kind === "object" ? end : range };
}

function objectsOf(value: JsonValue, description: string, diagnostics: Diagnostic[]): JsonObject[] {
  if (value.kind === "object") return [value];
  if (value.kind === "keyword" && value.value === null) return [];
  if (value.kind !== "array") {
    diagnostics.push(
      wrongType(value.range, `A JSON object ${description}, or a JSON array of such objects, is required here.`),
    );
    return [];
  }
  const other = value.items.find((item) => item.kind !== "object");
  if (other) diagnostics.push(wrongType(other.range, `A JSON object ${description} is required here.`));
  return value.items.filter((item) => item.kind === "object");
}

function wrongType(range: Range, detail: string): Diagnostic {
  return { severity: "error", code: "incorrect-json-value-type", summary: "Incorrect JSON value type", detail, range };
}

/** Returns the properties except comments (`//`) and those that `partialContent` has read. */
export function remainingProperties(body: JsonBody): JsonProperty[] {
  const all = body.objects.flatMap((object) => object.properties);
  return all.filter(({ name }) => name.text !== "//" && !body.consumed.has(name.text));
}

/** Returns a property as an attribute. */
export function jsonAttribute(property: JsonProperty, diagnostics: Diagnostic[]): Attribute {
  const { name, value } = property;
  const expression = jsonExpression(value, diagnostics);
  return { name: name.text, nameRange: name.range, expression, range: spanning(name.range, value.range) };
}

/** Returns a property as blocks. Labels are nested objects, an array is several blocks (HCL JSON specification, "Blocks"). */
export function jsonBlocks(
  property: JsonProperty,
  schema: NonNullable<BodySchema["blocks"]>[number],
  diagnostics: Diagnostic[],
): Block[] {
  const blocks: Block[] = [];
  unpackBlocks(property.value, [], { type: property.name, names: schema.labels ?? [], blocks, diagnostics });
  return blocks;
}

interface BlockUnpacking {
  readonly type: JsonString;
  readonly names: readonly string[];
  readonly blocks: Block[];
  readonly diagnostics: Diagnostic[];
}

function unpackBlocks(value: JsonValue, labels: readonly Label[], into: BlockUnpacking): void {
  const label = into.names[labels.length];
  const empty = value.kind === "keyword" && value.value === null;
  if (label !== undefined) unpackLabels(value, labels, label, into);
  else if (empty) return;
  else if (value.kind === "object") into.blocks.push(toBlock(value, labels, into));
  else if (value.kind === "array") into.blocks.push(...value.items.map((item) => toBlock(item, labels, into)));
  else {
    const detail = `A JSON object or a JSON array is required, representing the contents of "${into.type.text}" blocks.`;
    into.diagnostics.push(wrongType(value.range, detail));
  }
}

function unpackLabels(value: JsonValue, labels: readonly Label[], label: string, into: BlockUnpacking): void {
  const objects = objectsOf(value, `whose property names are the ${label} of the block`, into.diagnostics);
  const properties = objects.flatMap((object) => object.properties);
  if (properties.length === 0)
    into.diagnostics.push({
      severity: "error",
      code: "missing-block-label",
      summary: "Missing block label",
      detail: `At least one object property is required, whose name represents the ${label} of the "${into.type.text}" block.`,
      range: value.range,
    });
  for (const { name, value: inner } of properties)
    unpackBlocks(inner, [...labels, { text: name.text, quoted: true, range: name.range }], into);
}

function toBlock(value: JsonValue, labels: readonly Label[], into: BlockUnpacking): Block {
  const { type } = into;
  const last = labels.at(-1)?.range ?? type.range;
  return {
    type: type.text,
    typeRange: type.range,
    labels,
    body: toBody(value, into.diagnostics),
    range: spanning(type.range, value.range),
    headerRange: spanning(type.range, last),
  };
}
