import { suggest } from "../../core/diagnostics.js";
import type { Range } from "../../core/source.js";
import type { Complaints } from "./complain.js";
import type { JsonTemplate } from "./grammar.js";
import type { Applies } from "./parts.js";

/**
 * Complains of `only`, `except` and `override` that name no builder: names are compared as written (Packer §1.2, §1.6). Packer
 * does not look at those of the error-cleanup provisioner: there it is a warning.
 */
export function checkReferences(template: JsonTemplate, told: Complaints): void {
  const names = template.builders.map(({ name }) => name.value);
  const known = (name: string, range: Range, what: string, tell: Complaints["error"]) => {
    if (names.includes(name)) return;
    const near = suggest(name, names);
    const hint = near ? `Did you mean "${near}"?` : `Builders here: ${names.join(", ")}.`;
    tell("unknown-builder-name", `${what} names a builder that is not there: "${name}"`, range, { hint });
  };
  const applies = (label: string, { only, except }: Applies, tell: Complaints["error"]) => {
    for (const { value, range } of only) known(value, range, `${label}: "only"`, tell);
    for (const { value, range } of except) known(value, range, `${label}: "except"`, tell);
  };
  const cleanup = template.errorCleanup ? [template.errorCleanup] : [];
  for (const part of [...template.provisioners, ...cleanup]) {
    const tell = part === template.errorCleanup ? told.warning : told.error;
    applies(part.label, part.applies, tell);
    for (const { key, keyRange } of part.override) known(key, keyRange, `${part.label}: "override"`, tell);
  }
  for (const { label, applies: given } of template.postProcessors.flat()) applies(label, given, told.error);
}
