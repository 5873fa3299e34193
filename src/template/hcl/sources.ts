import type { Range } from "../../core/source.js";
import { checkBlockName } from "./blocks.js";
import { reportError, type TemplateReading } from "./reading.js";
import type { Block, Body } from "./syntax/body.js";

/** A `source` block at the top level of a template. */
export interface Source {
  readonly type: string;
  readonly name: string;
  readonly body: Body;
  readonly typeRange: Range;
  readonly range: Range;
}

/** Returns `source` blocks by `TYPE.NAME`. The builds that reference them read their options. */
export function readSources(blocks: readonly Block[], reading: TemplateReading): ReadonlyMap<string, Source> {
  const found = new Map<string, Source>();
  for (const block of blocks) {
    const [type, name] = block.labels;
    if (!type || !name) continue;
    checkBlockName(reading, "source", name);
    const key = `${type.text}.${name.text}`;
    const first = found.get(key);
    if (!first) {
      found.set(key, {
        type: type.text,
        name: name.text,
        body: block.body,
        typeRange: type.range,
        range: block.headerRange,
      });
      continue;
    }
    reading.diagnostics.push({
      severity: "error",
      code: "duplicate-source",
      summary: `Duplicate source block "${key}"`,
      range: block.headerRange,
      related: { text: "First declared here", range: first.range },
    });
  }
  return found;
}

/** Returns `TYPE.NAME` of `source.TYPE.NAME` or `TYPE.NAME`. Returns undefined after an error. */
export function sourceReference(text: string, range: Range, reading: TemplateReading): string | undefined {
  const parts = text.split(".");
  const [type, name] = parts.length > 2 ? parts.slice(1) : parts;
  if (type && name && parts.length <= 3) return `${type}.${name}`;
  reportError(reading, "wrong-source-reference", `Invalid source reference "${text}"`, {
    hint: 'Write "source.TYPE.NAME".',
    range,
  });
  return undefined;
}
