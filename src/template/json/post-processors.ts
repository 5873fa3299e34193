import { entryOf, type ObjectNode, type OptionNode, type StringNode } from "../../options/node.js";
import { type Complaints, described } from "./complain.js";
import { type Applies, readApplies, readSection, type Section } from "./parts.js";

export interface PostProcessorSection extends Section {
  readonly name: string;
  readonly applies: Applies;
  readonly keepInputArtifact: boolean | undefined;
  readonly label: string;
}

/** Reads `post-processors`: a name, an object, or a list of both, which is a pipeline (Packer §1.8). */
export function readPostProcessors(
  nodes: readonly OptionNode[],
  told: Complaints,
): readonly (readonly PostProcessorSection[])[] {
  return nodes.map((node, index) => {
    const items = node.kind === "list" ? node.items : [node];
    return items.flatMap(
      (item, inner) => readPostProcessor(item, `post-processor ${index + 1}.${inner + 1}`, told) ?? [],
    );
  });
}

function readPostProcessor(node: OptionNode, label: string, told: Complaints): PostProcessorSection | undefined {
  if (node.kind === "list") {
    told.error("nested-pipeline", `${label}: a list is not allowed inside a list of post-processors`, node.range, {
      hint: "Take the inner brackets off: one list is one pipeline.",
    });
    return undefined;
  }
  const section = readSection(
    node.kind === "string" ? fromName(node) : node,
    label,
    ["type", "name", "only", "except", "keep_input_artifact"],
    told,
  );
  if (!section) return undefined;
  const name = entryOf(section.object, "name")?.value;
  if (name && name.kind !== "string" && name.kind !== "null")
    told.error("wrong-section", `${label}: "name" must be text, not ${described(name)}`, name.range);
  return {
    ...section,
    label,
    name: name?.kind === "string" && name.value !== "" ? name.value : section.type.value,
    applies: readApplies(section.object, label, told, "lists"),
    keepInputArtifact: readKeep(section.object, label, told),
  };
}

function fromName(node: StringNode): ObjectNode {
  return { kind: "object", range: node.range, entries: [{ key: "type", keyRange: node.range, value: node }] };
}

function readKeep(object: ObjectNode, label: string, told: Complaints): boolean | undefined {
  const value = entryOf(object, "keep_input_artifact")?.value;
  if (!value || value.kind === "null") return undefined;
  if (value.kind === "bool") return value.value;
  told.error(
    "wrong-option-value",
    `${label}: "keep_input_artifact" must be true or false, not ${described(value)}`,
    value.range,
  );
  return undefined;
}
