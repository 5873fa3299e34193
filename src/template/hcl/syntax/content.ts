import { type Diagnostic, suggest } from "../../../core/diagnostics.js";
import type { Range } from "../../../core/source.js";
import type { Attribute, Block, Body, BodyContent, BodySchema, JsonBody, NativeBody } from "./body.js";
import { jsonAttribute, jsonBlocks, openProperties } from "./json/bodies.js";

/** What a schema finds in a body, and what it does not expect is an error. */
export function content(body: Body, schema: BodySchema): { content: BodyContent; diagnostics: readonly Diagnostic[] } {
  const partial = partialContent(body, schema);
  return { content: partial.content, diagnostics: [...partial.diagnostics, ...unexpected(partial.rest, schema)] };
}

/** What a schema finds in a body, and the rest as a body of its own. */
export function partialContent(
  body: Body,
  schema: BodySchema,
): { content: BodyContent; rest: Body; diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const found = body.syntax === "native" ? fromNative(body, schema, diagnostics) : fromJson(body, schema, diagnostics);
  for (const { name, required } of schema.attributes ?? []) {
    if (!required || found.attributes.has(name)) continue;
    diagnostics.push(
      error(body.endRange, "Missing required argument", `The argument "${name}" is required, but it is not set.`),
    );
  }
  const { attributes, blocks, rest } = found;
  return { content: { attributes, blocks, endRange: body.endRange }, rest, diagnostics };
}

/** All of a body as attributes, in order: for `locals`, variable files and other bodies whose names are free. Blocks are errors. */
export function justAttributes(body: Body): { attributes: readonly Attribute[]; diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  if (body.syntax === "native") {
    for (const block of body.blocks)
      diagnostics.push({
        ...error(block.headerRange, `Unexpected "${block.type}" block`, "Blocks are not allowed here, only arguments."),
        hint: `To set an argument, write ${block.type} = { … }.`,
      });
    return { attributes: body.attributes, diagnostics };
  }
  const attributes = new Map<string, Attribute>();
  for (const property of openProperties(body)) addOnce(attributes, jsonAttribute(property, diagnostics), diagnostics);
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
    return labels !== undefined && labelsFit(block, labels, diagnostics);
  });
  const rest = {
    ...body,
    attributes: body.attributes.filter(({ name }) => !names.has(name)),
    blocks: body.blocks.filter(({ type }) => !types.has(type)),
  };
  return { attributes, blocks, rest };
}

function labelsFit(block: Block, wanted: readonly string[], diagnostics: Diagnostic[]): boolean {
  const extra = block.labels[wanted.length];
  if (extra) {
    const detail = wanted.length === 0 ? "has no labels" : `has ${wanted.length} (${wanted.join(", ")})`;
    diagnostics.push(
      error(
        extra.range,
        `Extraneous label for ${block.type}`,
        `A "${block.type}" block ${detail}; this one is too many.`,
      ),
    );
    return false;
  }
  if (block.labels.length === wanted.length) return true;
  const missing = wanted.slice(block.labels.length).join(", ");
  const example = [block.type, ...wanted.map((label) => `"${label}"`)].join(" ");
  diagnostics.push({
    ...error(
      block.headerRange,
      `Missing ${missing} for ${block.type}`,
      `A "${block.type}" block has a label for its ${missing}.`,
    ),
    hint: `Write ${example} { … }.`,
  });
  return false;
}

function fromJson(body: JsonBody, schema: BodySchema, diagnostics: Diagnostic[]): Found {
  const names = new Set(schema.attributes?.map(({ name }) => name));
  const types = new Map(schema.blocks?.map((block) => [block.type, block]));
  const attributes = new Map<string, Attribute>();
  const blocks: Block[] = [];
  const consumed = new Set(body.consumed);
  for (const property of openProperties(body)) {
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
  const before = attributes.get(attribute.name);
  if (!before) attributes.set(attribute.name, attribute);
  else
    diagnostics.push({
      ...error(attribute.nameRange, "Duplicate argument", `The argument "${attribute.name}" is set already.`),
      related: { text: "It was set here", range: before.nameRange },
    });
}

/** One diagnostic for each item that a schema has no use for. */
function unexpected(rest: Body, schema: BodySchema): Diagnostic[] {
  const names = schema.attributes?.map(({ name }) => name) ?? [];
  const types = schema.blocks?.map(({ type }) => type) ?? [];
  if (rest.syntax === "json")
    return openProperties(rest).map(({ name }) =>
      hinted(
        error(
          name.range,
          "Extraneous JSON object property",
          `There is no argument and no block type "${name.text}" here.`,
        ),
        suggest(name.text, [...names, ...types]),
      ),
    );
  const attributes = rest.attributes.map(({ name, nameRange }) => {
    const unsupported = error(nameRange, "Unsupported argument", `There is no argument "${name}" here.`);
    if (types.includes(name)) return { ...unsupported, hint: `"${name}" is a block: leave the equals sign out.` };
    return hinted(unsupported, suggest(name, names));
  });
  const blocks = rest.blocks.map(({ type, typeRange }) => {
    const unsupported = error(typeRange, "Unsupported block type", `There is no block of type "${type}" here.`);
    if (names.includes(type)) return { ...unsupported, hint: `"${type}" is an argument: write ${type} = …` };
    return hinted(unsupported, suggest(type, types));
  });
  return [...attributes, ...blocks].sort((a, b) => (a.range?.start.offset ?? 0) - (b.range?.start.offset ?? 0));
}

function hinted(diagnostic: Diagnostic, near: string | undefined): Diagnostic {
  return near === undefined ? diagnostic : { ...diagnostic, hint: `Did you mean "${near}"?` };
}

function error(range: Range, summary: string, detail: string): Diagnostic {
  const code = summary.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  return { severity: "error", code, summary, detail, range };
}
