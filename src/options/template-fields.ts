import { BakeError } from "../core/errors.js";
import type { LateText } from "../core/late.js";
import type { Decoding, Field } from "./decoding.js";
import { text } from "./fields.js";
import type { OptionNode } from "./node.js";
import type { FieldNotes } from "./notes.js";

/** A local template file, read and rendered during the run. */
interface TemplateFile {
  readonly path: string;
  /** Compiles the content of the file. Throws a `BakeError` (`bad-template-file`) when it is not a valid template. */
  compile(content: string): LateText;
}

/** The path of a template file (chef-solo's `config_template`). Undefined when not set. */
export function templateFile(notes: FieldNotes<never>): Field<TemplateFile | undefined> {
  const path = text({ doc: notes.doc });
  return {
    type: "string",
    notes,
    absent: undefined,
    decode(node, decoding) {
      const value = path.decode(node, decoding);
      if (!value) return undefined;
      const compile = decoding.compiler();
      return {
        path: value,
        compile(content) {
          const attempt = compile({ kind: "string", value: content, range: node.range });
          if (attempt.ok) return attempt.value;
          throw new BakeError(
            `Invalid template file "${value}": ${attempt.diagnostics[0]?.summary ?? "it is not a template"}`,
            {
              code: "bad-template-file",
              range: node.range,
            },
          );
        },
      };
    },
  };
}

/**
 * A list whose items are joined by spaces into one template (puppet's `extra_arguments`): an action may begin in one item and end
 * in another. Undefined when not set.
 */
export function joinedLate(notes: FieldNotes<never>): Field<LateText | undefined> {
  return {
    type: "list of template",
    notes,
    absent: undefined,
    decode: (node, decoding) => decoding.compile(joined(node, decoding)),
  };
}

function joined(node: OptionNode, decoding: Decoding): OptionNode {
  if (node.kind === "string" && decoding.language === "json" && !node.literal) {
    return { ...node, value: node.value.split(",").join(" ") };
  }
  if (node.kind !== "list") return node;
  const items = node.items.filter((item) => item.kind === "string" || item.kind === "number" || item.kind === "bool");
  const literal = items.length > 0 && items.every((item) => item.kind === "string" && item.literal);
  const value = items.map((item) => String(item.value)).join(" ");
  return { kind: "string", value, range: node.range, literal: literal ? true : undefined };
}
