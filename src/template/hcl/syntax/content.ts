import { type Diagnostic, suggest } from "../../../core/diagnostics.js";
import type { Range } from "../../../core/source.js";
import type { Attribute, Block, Body, BodyContent, BodySchema, JsonBody, NativeBody } from "./body.js";
import { jsonAttribute, jsonBlocks, remainingProperties } from "./json/bodies.js";

/** Returns the content of a body by a schema. Items that the schema does not contain are errors. */
export function content(body: Body, schema: BodySchema): { content: BodyContent; diagnostics: readonly Diagnostic[] } {
  const partial = partialContent(body, schema);
  return { content: partial.content, diagnostics: [...partial.diagnostics, ...unexpectedItems(partial.rest, schema)] };
}

/** Returns the content of a body by a schema, and the other items as a separate body. */
export function partialContent(
  body: Body,
  schema: BodySchema,
): { content: BodyContent; rest: Body; diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const found = body.syntax === "native" ? fromNative(body, schema, diagnostics) : fromJson(body, schema, diagnostics);
  for (const { name, required } of schema.attributes ?? []) {
    if (!required || found.attributes.has(name)) continue;
    diagnostics.push(
      error(
        body.endRange,
        "Missing required argument",
        `The argument "${name}" is required, but no definition was found.`,
      ),
    );
  }
  const { attributes, blocks, rest } = found;
  return { content: { attributes, blocks, endRange: body.endRange }, rest, diagnostics };
}

/** Returns all attributes of a body, in order, for `locals`, variable files and other bodies without a schema. Blocks are errors. */
export function justAttributes(body: Body): { attributes: readonly Attribute[]; diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  if (body.syntax === "native") {
    for (const block of body.blocks)
      diagnostics.push({
        ...error(block.headerRange, `Unexpected "${block.type}" block`, "Blocks are not allowed here."),
        hint: `Write ${block.type} = { … } to set an argument.`,
      });
    return { attributes: body.attributes, diagnostics };
  }
  const attributes = new Map<string, Attribute>();
  for (const property of remainingProperties(body))
    addOnce(attributes, jsonAttribute(property, diagnostics), diagnostics);
  return { attributes: [...attributes.values()], diagnostics };
}

interface Found {
  readonly attributes: Map<string, Attribute>;
  readonly blocks: Block[];
  readonly rest: Body;
}

function fromNative(body: NativeBody, schema: BodySchema, diagnostics: Diagnostic[]): Found {
  const names = new Set(schema.attributes?.map(({ name }) => name));
  const types = new Map(schema.blocks?.map(({ type, labels }) => [type, labels ?? []]));
  const attributes = new Map(body.attributes.filter(({ name }) => names.has(name)).map((a) => [a.name, a]));
  const blocks = body.blocks.filter((block) => {
    const labels = types.get(block.type);
    return labels !== undefined && checkLabels(block, labels, diagnostics);
  });
  const rest = {
    ...body,
    attributes: body.attributes.filter(({ name }) => !names.has(name)),
    blocks: body.blocks.filter(({ type }) => !types.has(type)),
  };
  return { attributes, blocks, rest };
}

function checkLabels(block: Block, names: readonly string[], diagnostics: Diagnostic[]): boolean {
  const extra = block.labels[names.length];
  if (extra) {
    const expected =
      names.length === 0 ? "No labels are" : `Only ${countLabels(names)} ${names.length === 1 ? "is" : "are"}`;
    diagnostics.push(
      error(extra.range, `Extraneous label for ${block.type}`, `${expected} expected for "${block.type}" blocks.`),
    );
    return false;
  }
  if (block.labels.length === names.length) return true;
  const missing = names.slice(block.labels.length).join(", ");
  const example = [block.type, ...names.map((label) => `"${label}"`)].join(" ");
  diagnostics.push({
    ...error(
      block.headerRange,
      `Missing ${missing} for ${block.type}`,
      `All "${block.type}" blocks must have ${countLabels(names)}.`,
    ),
    hint: `Write ${example} { … }.`,
  });
  return false;
}

function countLabels(names: readonly string[]): string {
  return `${names.length} ${names.length === 1 ? "label" : "labels"} (${names.join(", ")})`;
}

function fromJson(body: JsonBody, schema: BodySchema, diagnostics: Diagnostic[]): Found {
  const names = new Set(schema.attributes?.map(({ name }) => name));
  const types = new Map(schema.blocks?.map((block) => [block.type, block]));
  const attributes = new Map<string, Attribute>();
  const blocks: Block[] = [];
  const consumed = new Set(body.consumed);
  for (const property of remainingProperties(body)) {
    const name = property.name.text;
    const type = types.get(name);
    if (names.has(name)) addOnce(attributes, jsonAttribute(property, diagnostics), diagnostics);
    else if (type) blocks.push(...jsonBlocks(property, type, diagnostics));
    else continue;
    consumed.add(name);
  }
  return { attributes, blocks, rest: { ...body, consumed } };
}

function addOnce(attributes: Map<string, Attribute>, attribute: Attribute, diagnostics: Diagnostic[]): void {
  const first = attributes.get(attribute.name);
  if (!first) attributes.set(attribute.name, attribute);
  else
    diagnostics.push({
      ...error(attribute.nameRange, "Duplicate argument", `The argument "${attribute.name}" was already set.`),
      related: { text: "First set here", range: first.nameRange },
    });
}

/** Returns an error for each item that the schema does not contain. */
function unexpectedItems(rest: Body, schema: BodySchema): Diagnostic[] {
  const names = schema.attributes?.map(({ name }) => name) ?? [];
  const types = schema.blocks?.map(({ type }) => type) ?? [];
  if (rest.syntax === "json")
    return remainingProperties(rest).map(({ name }) =>
      withSuggestion(
        error(name.range, "Extraneous JSON object property", `No argument or block type is named "${name.text}".`),
        suggest(name.text, [...names, ...types]),
      ),
    );
  const attributes = rest.attributes.map(({ name, nameRange }) => {
    const unsupported = error(nameRange, "Unsupported argument", `An argument named "${name}" is not expected here.`);
    if (types.includes(name)) return { ...unsupported, hint: `Remove the equals sign: "${name}" is a block.` };
    return withSuggestion(unsupported, suggest(name, names));
  });
  const blocks = rest.blocks.map(({ type, typeRange }) => {
    const unsupported = error(typeRange, "Unsupported block type", `Blocks of type "${type}" are not expected here.`);
    if (names.includes(type)) return { ...unsupported, hint: `Write ${type} = …: "${type}" is an argument.` };
    return withSuggestion(unsupported, suggest(type, types));
  });
  return [...attributes, ...blocks].sort((a, b) => (a.range?.start.offset ?? 0) - (b.range?.start.offset ?? 0));
}

function withSuggestion(diagnostic: Diagnostic, near: string | undefined): Diagnostic {
  return near === undefined ? diagnostic : { ...diagnostic, hint: `Did you mean "${near}"?` };
}

function error(range: Range, summary: string, detail: string): Diagnostic {
  const code = summary.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  return { severity: "error", code, summary, detail, range };
}
