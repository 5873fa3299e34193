import { type Diagnostic, hasErrors } from "../../../core/diagnostics.js";
import type { SourceText } from "../../../core/source.js";
import { describeNode, entryOf, type OptionNode } from "../../../options/node.js";
import { checkBuilders, checkReferences } from "../checks.js";
import { parseDocument } from "../document.js";
import { newFindings, type TemplateFindings } from "../findings.js";
import { readTemplate } from "../grammar.js";
import { booleanOf } from "./changes.js";
import type { Change, Fixer } from "./fixer.js";
import { AMAZON, FIXERS } from "./fixers.js";
import { isList, isObject, type JsonMap, type JsonTree, jsonValue, printJson } from "./values.js";

/** The fixed text of a template, without a newline at the end; undefined if the template cannot be fixed. */
export interface FixedTemplate {
  readonly text: string | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Replaces old options of a JSON template, as `packer fix` does (Packer §7). Keys keep their order. Nothing is evaluated or validated.
 * A text that is no JSON object is an error.
 */
export function fixTemplate({ file, text }: SourceText): FixedTemplate {
  const findings = newFindings();
  const root = parseDocument(file, text, findings);
  if (root) checkValues(root, findings);
  const value = root && jsonValue(root);
  const fixed = isObject(value) && !hasErrors(findings.diagnostics) ? FIXERS.reduce(applyFixer, value) : undefined;
  return { text: fixed && printJson(fixed), diagnostics: findings.diagnostics };
}

/** Reports what cannot be fixed: text that is no object, and a value that no fixer can convert. */
function checkValues(root: OptionNode, findings: TemplateFindings): void {
  if (root.kind !== "object") {
    findings.error("template-not-object", `A template must be a JSON object, not ${describeNode(root)}`, root.range);
    return;
  }
  const builders = entryOf(root, "builders")?.value;
  for (const builder of builders?.kind === "list" ? builders.items : []) {
    if (builder.kind !== "object" || entryOf(builder, "ssh_interface")) continue;
    const value = entryOf(builder, "ssh_private_ip")?.value;
    const type = entryOf(builder, "type")?.value;
    if (!value || type?.kind !== "string" || !AMAZON.test(type.value) || booleanOf(jsonValue(value)) !== undefined) {
      continue;
    }
    const hint = 'Replace it with "ssh_interface": "private_ip" or "public_ip".';
    findings.error("not-fixable", '"ssh_private_ip" is not a boolean', value.range, { hint });
  }
}

/** Returns the errors in the sections of a fixed template, as Packer validates them: no option is checked, and nothing is evaluated. */
export function checkFixedTemplate({ file, text }: SourceText): readonly Diagnostic[] {
  const findings = newFindings();
  const root = parseDocument(file, text, findings);
  const written = root && readTemplate(root, findings);
  if (written) {
    checkBuilders(written, findings);
    checkReferences(written, findings);
  }
  return findings.diagnostics.filter(({ severity }) => severity === "error");
}

function applyFixer(template: JsonMap, { builder, provisioner, postProcessor }: Fixer): JsonMap {
  const changes: Readonly<Record<string, Change | undefined>> = {
    builders: builder,
    provisioners: provisioner,
    "error-cleanup-provisioner": provisioner,
    "post-processors": postProcessor,
  };
  return new Map(
    [...template].map(([key, value]) => {
      const section = key.toLowerCase();
      const change = Object.hasOwn(changes, section) ? changes[section] : undefined;
      return [key, change ? changeSections(value, change) : value];
    }),
  );
}

/** Changes a section, or the sections of a list. The pipelines of post-processors are lists in a list. */
function changeSections(value: JsonTree, change: Change): JsonTree {
  if (isList(value)) return value.map((item) => changeSections(item, change));
  return isObject(value) ? change(value) : value;
}
