import { suggest } from "../../core/suggest.js";
import type { Complaints } from "./complain.js";
import type { JsonTemplate } from "./grammar.js";
import type { Applies } from "./parts.js";

/** Complains of `only`, `except` and `override` that name no builder: names are compared as written (Packer §1.2, §1.6). */
export function checkReferences(template: JsonTemplate, told: Complaints): void {
  const names = template.builders.map(({ name }) => name.value);
  const hint = (name: string) => {
    const near = suggest(name, names);
    return { hint: near ? `Did you mean "${near}"?` : `Builders here: ${names.join(", ")}.` };
  };
  const applies = (label: string, { only, except }: Applies) => {
    for (const [key, list] of [["only", only] as const, ["except", except] as const]) {
      for (const { value, range } of list) {
        if (!names.includes(value))
          told.error(
            "unknown-builder-name",
            `${label}: "${key}" names a builder that is not there: "${value}"`,
            range,
            hint(value),
          );
      }
    }
  };
  const cleanup = template.errorCleanup ? [template.errorCleanup] : [];
  for (const { label, applies: given, override } of [...template.provisioners, ...cleanup]) {
    applies(label, given);
    for (const { key, keyRange } of override) {
      if (!names.includes(key))
        told.error(
          "unknown-builder-name",
          `${label}: "override" names a builder that is not there: "${key}"`,
          keyRange,
          hint(key),
        );
    }
  }
  for (const { label, applies: given } of template.postProcessors.flat()) applies(label, given);
}
