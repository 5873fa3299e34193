import { formatGoDuration } from "./duration.js";
import type { DescribedField } from "./notes.js";
import type { Schema } from "./schema.js";

/**
 * Returns the options of a schema as Markdown: a table (option, type, default, description), then a heading of `level` and a table
 * for each nested object.
 */
export function documentOptions<T>(definition: Pick<Schema<T>, "fields" | "renamed">, level = 3): string {
  const old = Object.entries(definition.renamed).map(([name, now]) => `\`${name}\` (now \`${now}\`)`);
  const parts = [...tables(definition.fields, "", level)];
  if (old.length > 0) parts.push(`Old names, accepted with a warning: ${old.join(", ")}.`);
  return `${parts.join("\n\n")}\n`;
}

function* tables(fields: Readonly<Record<string, DescribedField>>, path: string, level: number): Iterable<string> {
  const names = Object.keys(fields).sort();
  const rows = names.map((name) => row(name, fields[name]));
  yield ["| Option | Type | Default | Description |", "| --- | --- | --- | --- |", ...rows].join("\n");
  for (const name of names) {
    const inner = fields[name]?.fields;
    if (!inner) continue;
    const full = path === "" ? name : `${path}.${name}`;
    yield `${"#".repeat(level)} \`${full}\``;
    yield* tables(inner, full, level);
  }
}

function row(name: string, field: DescribedField | undefined): string {
  if (!field) return "";
  const { doc, required, unsupported, deprecated } = field.notes;
  const sentences = [
    doc,
    ...(deprecated ? [`*Deprecated:* ${deprecated}`] : []),
    ...(unsupported ? [`*Not supported yet:* ${unsupported}`] : []),
  ];
  const cells = [`\`${name}\``, field.type, required ? "**required**" : defaultText(field), sentences.join(" ")];
  return `| ${cells.map(cell).join(" | ")} |`;
}

/** Returns the default in words, or as it is written in a template. */
function defaultText({ type, notes }: DescribedField): string {
  if (notes.defaultDoc !== undefined) return notes.defaultDoc;
  const value = notes.default;
  if (value === undefined || value === "") return "";
  if (typeof value === "number" && type === "duration") return `\`${formatGoDuration(value)}\``;
  if (typeof value === "object" && value !== null && "source" in value) return `\`${String(value.source)}\``;
  return typeof value === "string" ? `\`${value}\`` : `\`${JSON.stringify(value)}\``;
}

/** Escapes pipes and removes line breaks: both would end the cell. */
function cell(text: string): string {
  return text.replace(/(?<!\\)\|/g, "\\|").replace(/\s*\n\s*/g, " ");
}
