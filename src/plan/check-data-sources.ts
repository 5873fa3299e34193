import type { Diagnostic } from "../core/diagnostics.js";
import { PLAIN_TEXT } from "../options/context.js";
import { type CheckContext, decodeOptions } from "../options/schema.js";
import type { Template } from "../template/template.js";
import { find } from "./find-kind.js";
import type { Catalog } from "./kinds.js";

/** Complaints about the arguments of data sources, which are told whether or not the sources are read (Packer §2.2). */
export function checkDataSources(template: Template, catalog: Catalog, checks: CheckContext): readonly Diagnostic[] {
  return (template.dataSources ?? []).flatMap((source) => {
    const { kind, diagnostics } = find("data-source", catalog.dataSources, source, catalog);
    if (!kind) return diagnostics;
    return decodeOptions(kind.schema, source.options(undefined).node, PLAIN_TEXT, checks).diagnostics;
  });
}
