import { suggest } from "../../core/diagnostics.js";
import type { Range } from "../../core/source.js";
import type { StringNode } from "../../options/node.js";
import { PACKER_VERSION } from "../packer-version.js";
import type { TemplateFindings } from "./findings.js";
import type { JsonTemplate } from "./grammar.js";
import type { Applies } from "./parts.js";

/**
 * Complains of `only`, `except` and `override` that name no builder: names are compared as written (Packer §1.2, §1.6). Packer
 * does not check those of the error-cleanup provisioner: there it is a warning.
 */
export function checkReferences(template: JsonTemplate, findings: TemplateFindings): void {
  const names = template.builders.map(({ name }) => name.value);
  const known = (name: string, range: Range, what: string, tell: TemplateFindings["error"]) => {
    if (names.includes(name)) return;
    const near = suggest(name, names);
    const hint = near ? `Did you mean "${near}"?` : `Builders here: ${names.join(", ")}.`;
    tell("unknown-builder-name", `${what} names a builder that is not there: "${name}"`, range, { hint });
  };
  const applies = (label: string, { only, except }: Applies, tell: TemplateFindings["error"]) => {
    for (const { value, range } of only) known(value, range, `${label}: "only"`, tell);
    for (const { value, range } of except) known(value, range, `${label}: "except"`, tell);
  };
  const cleanup = template.errorCleanup ? [template.errorCleanup] : [];
  for (const part of [...template.provisioners, ...cleanup]) {
    const tell = part === template.errorCleanup ? findings.warning : findings.error;
    applies(part.label, part.applies, tell);
    for (const { key, keyRange } of part.override) known(key, keyRange, `${part.label}: "override"`, tell);
  }
  for (const { label, applies: given } of template.postProcessors.flat()) applies(label, given, findings.error);
}

/** Refuses a template that asks for a newer Packer than the one we follow (§1.4). */
export function checkMinimumVersion(node: StringNode | undefined, findings: TemplateFindings): void {
  if (!node || node.value === "") return;
  const wanted = numbers(node.value);
  if (!wanted) {
    findings.error("minimum-version", `"min_packer_version" is not a version: "${node.value}"`, node.range, {
      hint: `Write it as "${PACKER_VERSION}".`,
    });
  } else if (isAbove(wanted, numbers(PACKER_VERSION) ?? [])) {
    findings.error(
      "minimum-version",
      `this template requires Packer ${node.value} or higher; bake-ami follows Packer ${PACKER_VERSION}`,
      node.range,
      { hint: "Lower min_packer_version if the template uses nothing newer." },
    );
  }
}

/** The numbers of a version; what follows `-` or `+` does not count. */
function numbers(version: string): readonly number[] | undefined {
  const match = /^\s*v?(\d+(?:\.\d+)*)(?:[-+~].*)?\s*$/.exec(version);
  return match?.[1]?.split(".").map(Number);
}

function isAbove(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const away = (a[i] ?? 0) - (b[i] ?? 0);
    if (away !== 0) return away > 0;
  }
  return false;
}
