import type { Range } from "../../core/source.js";
import {
  describeNode,
  entryOf,
  type ObjectNode,
  type OptionEntry,
  type OptionNode,
  type StringNode,
} from "../../options/node.js";
import type { TemplateFindings } from "./findings.js";

/** The common properties of all parts of a template. */
export interface TemplateSection {
  readonly type: StringNode;
  readonly range: Range;
  /** The options, without keys such as `type` that are not for the component. */
  readonly options: ObjectNode;
}

/** An entry of `builders`. */
export interface BuilderSection extends TemplateSection {
  /** The name as written: `only`, `except` and `override` are compared with it. */
  readonly name: StringNode;
}

/** Builders that a part applies to, by their names as written (Packer §1.6). */
export interface Applies {
  readonly only: readonly StringNode[];
  readonly except: readonly StringNode[];
}

/** An entry of `provisioners`, or the error-cleanup provisioner. */
export interface ProvisionerSection extends TemplateSection {
  readonly applies: Applies;
  readonly override: readonly OptionEntry[];
  /** Name in messages: `Provisioner 2`. */
  readonly label: string;
}

/** Reads `builders`. */
export function readBuilders(nodes: readonly OptionNode[], findings: TemplateFindings): readonly BuilderSection[] {
  const builders: BuilderSection[] = [];
  nodes.forEach((node, index) => {
    const builder = readBuilder(node, `Builder ${index + 1}`, findings);
    if (!builder) return;
    const first = builders.find(({ name }) => name.value === builder.name.value);
    if (first) {
      findings.error(
        "duplicate-builder",
        `Builder ${index + 1}: name "${first.name.value}" is already in use`,
        builder.name.range,
        {
          hint: 'Set a different "name" in one of them.',
          related: { text: "First used here", range: first.name.range },
        },
      );
    } else builders.push(builder);
  });
  return builders;
}

function readBuilder(node: OptionNode, label: string, findings: TemplateFindings): BuilderSection | undefined {
  const section = readSection(node, label, ["type", "name"], findings);
  if (!section) return undefined;
  const name = entryOf(section.object, "name")?.value;
  const given = name && textOf(name, "name", label, findings);
  return { ...section, name: given && given.value !== "" ? given : section.type };
}

const PROVISIONER_KEYS = ["type", "only", "except", "override"];

/** Reads an entry of `provisioners`, or the error-cleanup provisioner. */
export function readProvisionerSection(
  node: OptionNode,
  label: string,
  findings: TemplateFindings,
): ProvisionerSection | undefined {
  const section = readSection(node, label, PROVISIONER_KEYS, findings);
  if (!section) return undefined;
  const override = entryOf(section.object, "override")?.value;
  return {
    ...section,
    label,
    applies: readApplies(section.object, label, findings, "single"),
    override: override ? readOverride(override, label, findings) : [],
  };
}

function readOverride(node: OptionNode, label: string, findings: TemplateFindings): readonly OptionEntry[] {
  if (node.kind === "null" || (node.kind === "list" && node.items.length === 0)) return [];
  const found = node.kind === "object" ? node.entries : undefined;
  if (!found)
    findings.error("wrong-override", `${label}: "override" must be an object, not ${describeNode(node)}`, node.range);
  for (const { key, value } of found ?? []) {
    if (value.kind !== "object")
      findings.error(
        "wrong-override",
        `${label}: "override" for "${key}" must be an object, not ${describeNode(value)}`,
        value.range,
      );
  }
  return found ?? [];
}

/** Reads `only` and `except`. With `single`, a string is accepted as a list of one name. */
function readApplies(
  object: ObjectNode,
  label: string,
  findings: TemplateFindings,
  single: "single" | "lists",
): Applies {
  const names = (key: string): readonly StringNode[] => {
    const value = entryOf(object, key)?.value;
    if (!value || value.kind === "null") return [];
    if (value.kind !== "list" && single === "lists") {
      findings.error(
        "wrong-builder-name",
        `${label}: "${key}" must be a list, not ${describeNode(value)}`,
        value.range,
      );
      return [];
    }
    const nodes = value.kind === "list" ? value.items : [value];
    return nodes.flatMap((node) => {
      if (node.kind === "string") return [node];
      findings.error(
        "wrong-builder-name",
        `${label}: "${key}" must contain builder names, not ${describeNode(node)}`,
        node.range,
      );
      return [];
    });
  };
  const [only, except] = [names("only"), names("except")];
  if (only.length > 0 && except.length > 0) {
    findings.error(
      "only-and-except",
      `${label}: "only" and "except" cannot both be set`,
      entryOf(object, "except")?.keyRange ?? object.range,
    );
  }
  return { only, except };
}

/** Returns the type and the remaining options of a part. Returns undefined after an error. */
function readSection(
  node: OptionNode,
  label: string,
  keys: readonly string[],
  findings: TemplateFindings,
): (TemplateSection & { readonly object: ObjectNode }) | undefined {
  if (node.kind !== "object") {
    findings.error("wrong-section", `${label} must be an object, not ${describeNode(node)}`, node.range);
    return undefined;
  }
  const given = entryOf(node, "type");
  const type = given && textOf(given.value, "type", label, findings);
  if (!type || type.value === "") {
    if (!given || type) findings.error("missing-type", `${label}: "type" is missing`, given?.value.range ?? node.range);
    return undefined;
  }
  // As in Packer, a key in different case is read here and stays in the options, where the component rejects it.
  const entries = node.entries.filter(({ key }) => !keys.includes(key));
  return { type, range: node.range, object: node, options: { ...node, entries } };
}

function textOf(node: OptionNode, key: string, label: string, findings: TemplateFindings): StringNode | undefined {
  if (node.kind === "string") return node;
  if (node.kind === "number") return { kind: "string", value: node.value, range: node.range };
  if (node.kind !== "null")
    findings.error("wrong-section", `${label}: "${key}" must be a string, not ${describeNode(node)}`, node.range);
  return undefined;
}

/** An entry of `post-processors`. */
export interface PostProcessorSection extends TemplateSection {
  readonly name: string;
  readonly applies: Applies;
  readonly keepInputArtifact: boolean | undefined;
  readonly label: string;
}

/** Reads `post-processors`. Each entry is a type, an object, or a list of both, which is a pipeline (Packer §1.8). */
export function readPostProcessors(
  nodes: readonly OptionNode[],
  findings: TemplateFindings,
): readonly (readonly PostProcessorSection[])[] {
  return nodes.map((node, index) => {
    const items = node.kind === "list" ? node.items : [node];
    return items.flatMap(
      (item, inner) => readPostProcessor(item, `Post-processor ${index + 1}.${inner + 1}`, findings) ?? [],
    );
  });
}

function readPostProcessor(
  node: OptionNode,
  label: string,
  findings: TemplateFindings,
): PostProcessorSection | undefined {
  if (node.kind === "list") {
    findings.error("nested-pipeline", `${label}: a pipeline cannot contain another list`, node.range, {
      hint: "Remove the inner brackets: one list is one pipeline.",
    });
    return undefined;
  }
  const section = readSection(
    node.kind === "string" ? fromName(node) : node,
    label,
    ["type", "name", "only", "except", "keep_input_artifact"],
    findings,
  );
  if (!section) return undefined;
  const name = entryOf(section.object, "name")?.value;
  if (name && name.kind !== "string" && name.kind !== "null")
    findings.error("wrong-section", `${label}: "name" must be a string, not ${describeNode(name)}`, name.range);
  return {
    ...section,
    label,
    name: name?.kind === "string" && name.value !== "" ? name.value : section.type.value,
    applies: readApplies(section.object, label, findings, "lists"),
    keepInputArtifact: readKeep(section.object, label, findings),
  };
}

function fromName(node: StringNode): ObjectNode {
  return { kind: "object", range: node.range, entries: [{ key: "type", keyRange: node.range, value: node }] };
}

function readKeep(object: ObjectNode, label: string, findings: TemplateFindings): boolean | undefined {
  const value = entryOf(object, "keep_input_artifact")?.value;
  if (!value || value.kind === "null") return undefined;
  if (value.kind === "bool") return value.value;
  findings.error(
    "wrong-option-value",
    `${label}: "keep_input_artifact" must be true or false, not ${describeNode(value)}`,
    value.range,
  );
  return undefined;
}
