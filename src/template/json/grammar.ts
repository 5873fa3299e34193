import { suggest } from "../../core/diagnostics.js";
import type { Range } from "../../core/source.js";
import {
  describeNode,
  type ObjectNode,
  type OptionEntry,
  type OptionNode,
  type StringNode,
} from "../../options/node.js";
import type { TemplateFindings } from "./findings.js";
import {
  type BuilderSection,
  type PostProcessorSection,
  type ProvisionerSection,
  readBuilders,
  readPostProcessors,
  readProvisionerSection,
} from "./parts.js";
import { readVariableDeclarations, type VariableDeclaration } from "./variables.js";

/** A JSON template as written, before anything is rendered (Packer §1.2). */
export interface JsonTemplate {
  readonly range: Range;
  readonly description: string | undefined;
  readonly minPackerVersion: StringNode | undefined;
  readonly variables: readonly VariableDeclaration[];
  readonly sensitive: readonly StringNode[];
  readonly builders: readonly BuilderSection[];
  /** Place for the error that there are no builders; undefined when there are some. */
  readonly withoutBuilders: Range | undefined;
  readonly provisioners: readonly ProvisionerSection[];
  readonly errorCleanup: ProvisionerSection | undefined;
  readonly postProcessors: readonly (readonly PostProcessorSection[])[];
}

const ROOT_KEYS = [
  "builders",
  "provisioners",
  "error-cleanup-provisioner",
  "post-processors",
  "variables",
  "sensitive-variables",
  "min_packer_version",
  "description",
  "push",
  "comments",
];

/** Reads the sections of a template and reports all problems. Returns undefined when the document is not an object. */
export function readTemplate(root: OptionNode, findings: TemplateFindings): JsonTemplate | undefined {
  if (root.kind !== "object") {
    findings.error("template-not-object", `A template must be a JSON object, not ${describeNode(root)}`, root.range);
    return undefined;
  }
  const sections = rootSections(root, findings);
  const list = (key: string) => readList(sections.get(key), findings);
  const cleanup = sections.get("error-cleanup-provisioner");
  const builders = list("builders");
  list("comments");
  checkPush(sections.get("push"), findings);
  return {
    range: root.range,
    description: readString(sections.get("description"), findings)?.value,
    minPackerVersion: readString(sections.get("min_packer_version"), findings),
    variables: readVariableDeclarations(sections.get("variables")?.value, findings),
    sensitive: list("sensitive-variables").flatMap((node) => readName(node, "sensitive-variables", findings)),
    builders: readBuilders(builders, findings),
    withoutBuilders: builders.length === 0 ? (sections.get("builders")?.keyRange ?? root.range) : undefined,
    provisioners: list("provisioners").flatMap(
      (node, index) => readProvisionerSection(node, `Provisioner ${index + 1}`, findings) ?? [],
    ),
    errorCleanup:
      cleanup && cleanup.value.kind !== "null"
        ? readProvisionerSection(cleanup.value, '"error-cleanup-provisioner"', findings)
        : undefined,
    postProcessors: readPostProcessors(list("post-processors"), findings),
  };
}

/** Returns the known sections by name. Keys that start with `_` are comments; other keys are reported. */
function rootSections(root: ObjectNode, findings: TemplateFindings): ReadonlyMap<string, OptionEntry> {
  const sections = new Map<string, OptionEntry>();
  for (const entry of root.entries) {
    const name = ROOT_KEYS.find((key) => key.toLowerCase() === entry.key.toLowerCase());
    if (name !== undefined) {
      sections.set(name, entry);
    } else if (entry.key.startsWith("_")) {
      if (entry.value.kind !== "string")
        findings.error(
          "comment-not-text",
          `Root comment "${entry.key}" must be a string, not ${describeNode(entry.value)}`,
          entry.value.range,
        );
    } else {
      const near = suggest(entry.key, ROOT_KEYS);
      findings.error("unknown-root-key", `Unknown root level key in template: "${entry.key}"`, entry.keyRange, {
        hint: near ? `Did you mean "${near}"?` : `Use one of ${ROOT_KEYS.join(", ")}, or start a comment with "_".`,
      });
    }
  }
  return sections;
}

function readList(section: OptionEntry | undefined, findings: TemplateFindings): readonly OptionNode[] {
  const value = section?.value;
  if (!section || !value || value.kind === "null") return [];
  if (value.kind === "list") return value.items;
  findings.error("wrong-section", `"${section.key}" must be a list, not ${describeNode(value)}`, value.range, {
    hint: `Write "${section.key}": [ … ].`,
  });
  return [];
}

/** `push` was for Atlas and has no effect. */
function checkPush(section: OptionEntry | undefined, findings: TemplateFindings): void {
  if (!section || section.value.kind === "object" || section.value.kind === "null") return;
  findings.error("wrong-section", `"push" must be an object, not ${describeNode(section.value)}`, section.value.range);
}

function readString(section: OptionEntry | undefined, findings: TemplateFindings): StringNode | undefined {
  const value = section?.value;
  if (!section || !value || value.kind === "null") return undefined;
  if (value.kind === "string") return value;
  findings.error("wrong-section", `"${section.key}" must be a string, not ${describeNode(value)}`, value.range);
  return undefined;
}

function readName(node: OptionNode, section: string, findings: TemplateFindings): StringNode[] {
  if (node.kind === "string") return [node];
  findings.error("wrong-section", `"${section}" must contain names, not ${describeNode(node)}`, node.range);
  return [];
}
