import { lineIndex, type SourceText } from "../../core/source.js";
import type { StringNode } from "../../options/node.js";
import type { Lookups } from "../lookups.js";
import { readTextFile } from "../read-text-file.js";
import type { TemplateInputs } from "../template.js";
import { type Complaints, described } from "./complain.js";
import { parseDocument } from "./document.js";

/** Values from outside the template by name; `-var` beats `-var-file`, later ones beat earlier ones (Packer §1.3). */
export interface GivenVariables {
  readonly values: ReadonlyMap<string, StringNode>;
  readonly sources: readonly SourceText[];
}

/** Reads variable files and `-var` values. */
export function givenVariables(inputs: TemplateInputs, lookups: Lookups, told: Complaints): GivenVariables {
  const values = new Map<string, StringNode>();
  const sources: SourceText[] = [];
  for (const path of inputs.variableFiles) {
    const source = readTextFile(path, lookups, told);
    if (!source) continue;
    sources.push(source);
    for (const [name, value] of readVariableFile(source, told)) values.set(name, value);
  }
  for (const { name, value } of inputs.variables) {
    const source = { file: `-var ${name}`, text: value };
    const positionAt = lineIndex(value);
    sources.push(source);
    values.set(name, {
      kind: "string",
      value,
      range: { file: source.file, start: positionAt(0), end: positionAt(value.length) },
    });
  }
  return { values, sources };
}

function readVariableFile({ file, text }: SourceText, told: Complaints): [string, StringNode][] {
  const root = parseDocument(file, text, told);
  if (!root) return [];
  if (root.kind !== "object") {
    told.error("variable-file", `a variable file must be an object, not ${described(root)}`, root.range);
    return [];
  }
  return root.entries.flatMap(({ key, value }): [string, StringNode][] => {
    if (value.kind === "string") return [[key, value]];
    told.error("variable-not-text", `variable "${key}": the value must be text, not ${described(value)}`, value.range, {
      hint: "In a variable file of a JSON template every value stands in double quotes.",
    });
    return [];
  });
}
