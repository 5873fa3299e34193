import type { SourceText } from "../core/source.js";
import { checkFixedTemplate, fixTemplate } from "../template/json/fix/fix.js";
import type { FixedText } from "./template-api.js";

/** Fixes a JSON template. Errors in the fixed template refer to the printed text. */
export function fix(source: SourceText, validate: boolean): FixedText {
  const { text, diagnostics } = fixTemplate(source);
  if (text === undefined || !validate) return { text, diagnostics, sources: [source] };
  const fixed = { file: `${source.file} (fixed)`, text };
  return { text, diagnostics: [...diagnostics, ...checkFixedTemplate(fixed)], sources: [source, fixed] };
}
