import { suggest } from "../../core/diagnostics.js";
import type { Range } from "../../core/source.js";
import type { StringNode } from "../../options/node.js";
import { PACKER_VERSION } from "../packer-version.js";
import type { TemplateFindings } from "./findings.js";
import type { JsonTemplate } from "./grammar.js";
import type { Applies } from "./parts.js";

/** Reports a template without builders. */
export function checkBuilders({ withoutBuilders }: JsonTemplate, findings: TemplateFindings): void {
  if (!withoutBuilders) return;
  findings.error("no-builders", "At least one builder must be defined", withoutBuilders, {
    hint: 'Write "builders": [ { "type": "amazon-ebs", … } ].',
  });
}

/**
 * Reports names in `only`, `except` and `override` that no builder has. Names are compared as written (Packer §1.2, §1.6). Packer
 * does not check those of the error-cleanup provisioner: there it is a warning.
 */
export function checkReferences(template: JsonTemplate, findings: TemplateFindings): void {
  const names = template.builders.map(({ name }) => name.value);
  const checkName = (name: string, range: Range, place: string, report: TemplateFindings["error"]) => {
    if (names.includes(name)) return;
    const near = suggest(name, names);
    const hint = near ? `Did you mean "${near}"?` : `Use one of these names: ${names.join(", ")}.`;
    report("unknown-builder-name", `${place} contains "${name}", but no builder has this name`, range, { hint });
  };
  const checkApplies = (label: string, { only, except }: Applies, report: TemplateFindings["error"]) => {
    for (const { value, range } of only) checkName(value, range, `${label}: "only"`, report);
    for (const { value, range } of except) checkName(value, range, `${label}: "except"`, report);
  };
  const cleanup = template.errorCleanup ? [template.errorCleanup] : [];
  for (const part of [...template.provisioners, ...cleanup]) {
    const report = part === template.errorCleanup ? findings.warning : findings.error;
    checkApplies(part.label, part.applies, report);
    for (const { key, keyRange } of part.override) checkName(key, keyRange, `${part.label}: "override"`, report);
  }
  for (const { label, applies } of template.postProcessors.flat()) checkApplies(label, applies, findings.error);
}

/** Reports a template that requires a newer version of Packer (§1.4). */
export function checkMinimumVersion(node: StringNode | undefined, findings: TemplateFindings): void {
  if (!node || node.value === "") return;
  const required = numbers(node.value);
  if (!required) {
    findings.error("minimum-version", `"min_packer_version" is not a version: "${node.value}"`, node.range, {
      hint: `Write a version such as "${PACKER_VERSION}".`,
    });
  } else if (isAbove(required, numbers(PACKER_VERSION) ?? [])) {
    findings.error(
      "minimum-version",
      `This template requires Packer version ${node.value} or higher; bake-ami is compatible with ${PACKER_VERSION}`,
      node.range,
      { hint: 'Lower "min_packer_version" if the template uses no newer features.' },
    );
  }
}

/** Returns the numbers of a version. The suffix after `-` or `+` is ignored. */
function numbers(version: string): readonly number[] | undefined {
  const match = /^\s*v?(\d+(?:\.\d+)*)(?:[-+~].*)?\s*$/.exec(version);
  return match?.[1]?.split(".").map(Number);
}

function isAbove(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
